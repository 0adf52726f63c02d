"""IDX files, written by hand from the format's description."""

import gzip
import struct
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from zerosweep.data.idx import read_idx
from zerosweep.errors import DataError

# 2 images of 2×3 pixels: two zero bytes, type 8 (unsigned byte), 3 dimensions, three big-endian lengths, the pixels.
PIXELS = bytes([0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255])
IMAGES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + PIXELS


@pytest.mark.parametrize("content", [IMAGES, gzip.compress(IMAGES)], ids=["plain", "gzipped"])
def test_reads_a_file_written_by_hand(tmp_path, content):
    file = tmp_path / "images"
    file.write_bytes(content)

    images = read_idx(file, 3)

    assert images.dtype == np.uint8
    assert images.tolist() == [[[0, 1, 2], [3, 4, 5]], [[250, 251, 252], [253, 254, 255]]]


def test_what_the_file_is_called_does_not_matter(tmp_path):
    """Browsers unpack a download and keep its name, or the other way round."""
    file = tmp_path / "images.gz"
    file.write_bytes(IMAGES)

    assert read_idx(file, 3).shape == (2, 2, 3)


@settings(deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6)), st.booleans())
def test_round_trip(array, gzipped):
    content = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "array")
        file.write_bytes(gzip.compress(content) if gzipped else content)

        found = read_idx(file, array.ndim)

    assert found.shape == array.shape
    assert np.array_equal(found, array)


def noise() -> bytes:
    """A gzipped image file that does not compress, so that flipped bytes are not all in a header."""
    pixels = np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8).tobytes()
    return gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, 30, 10, 10) + pixels)


def flipped(content: bytes, start: int, count: int) -> bytes:
    changed = bytes(byte ^ 0xFF for byte in content[start : start + count])
    return content[:start] + changed + content[start + count :]


WRONG = {
    "empty": (b"", "not an IDX file"),
    "three bytes": (IMAGES[:3], "not an IDX file"),
    "text": (b"label,pixel0,pixel1\n5,0,0\n", "not an IDX file"),
    "wrong magic": (b"\1" + IMAGES[1:], "not an IDX file"),
    "a web page": (b"<html><body>moved</body></html>", "not an IDX file"),
    "truncated header": (IMAGES[:10], "truncated inside its header"),
    "header only": (IMAGES[:16], "truncated: 0 bytes"),
    "one byte short": (IMAGES[:-1], "truncated: 11 bytes"),
    "one byte too many": (IMAGES + b"\0", "too long: 13 bytes"),
    "two dimensions": (bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 6]) + PIXELS, "2 dimensions; expected type 8 in 3"),
    "labels": (bytes([0, 0, 8, 1, 0, 0, 0, 12]) + PIXELS, "1 dimensions; expected type 8 in 3"),
    "floats": (bytes([0, 0, 0x0D, 3]) + IMAGES[4:], "type 13"),
    "lengths beyond all memory": (bytes([0, 0, 8, 3]) + b"\xff" * 12 + PIXELS, "truncated: 12 bytes"),
    "gzip cut short": (noise()[:1500], "truncated or corrupted"),
    "gzip without its end": (noise()[:-4], "truncated or corrupted"),
    "gzip header only": (noise()[:5], "truncated or corrupted"),
    "gzip with flipped data": (flipped(noise(), 1500, 40), "truncated or corrupted"),
    "gzip with a flipped checksum": (flipped(noise(), len(noise()) - 8, 4), "truncated or corrupted"),
    "gzip with flipped block header": (flipped(noise(), 10, 3), "truncated or corrupted"),
    "gzip of a truncated file": (gzip.compress(IMAGES[:-1]), "truncated: 11 bytes"),
    "gzip of something else": (gzip.compress(b"hello, world"), "not an IDX file"),
    "gzip with rubbish behind": (gzip.compress(IMAGES) + b"rubbish", "truncated or corrupted"),
}


@pytest.mark.parametrize(("content", "complaint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_costs_one_line_that_names_it(tmp_path, content, complaint):
    file = tmp_path / "images-idx3-ubyte"
    file.write_bytes(content)

    with pytest.raises(DataError) as caught:
        read_idx(file, 3)

    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert complaint in message
    assert "\n" not in message


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file") as caught:
        read_idx(tmp_path / "nowhere", 3)

    assert str(tmp_path / "nowhere") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot be read") as caught:
        read_idx(tmp_path, 3)

    assert str(tmp_path) in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 3))
def test_whatever_the_bytes_it_is_an_array_or_a_data_error(content, dimensions):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bytes")
        file.write_bytes(content)
        with suppress(DataError):
            found = read_idx(file, dimensions)
            assert found.ndim == dimensions
            assert found.tobytes() == content[4 + 4 * dimensions :]

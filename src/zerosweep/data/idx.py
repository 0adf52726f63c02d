"""The reader of IDX files, the format of MNIST (LeCun's page "THE MNIST DATABASE", section FILE FORMATS)."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zerosweep.errors import DataError

UNSIGNED_BYTE = 8
"""The code of the only element type that is read."""


def read_idx(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes in an IDX file.

    The file has two zero bytes, one byte for the type, one for the number of dimensions, each length as a big-endian
    32-bit integer, and then the elements in C order.

    Args:
        file: The file, gzipped or not.
        dimensions: The number of dimensions that the array must have.

    Raises:
        DataError: The file is missing, truncated, corrupted, or of another type or number of dimensions.
    """
    try:
        content = file.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise DataError(f"{file}: no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: cannot be read, truncated or corrupted ({error})") from error
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DataError(f"{file}: not an IDX file (it must begin with two zero bytes)")
    kind, found = content[2], content[3]
    if kind != UNSIGNED_BYTE or found != dimensions:
        raise DataError(
            f"{file}: holds type {kind} in {found} dimensions; expected type {UNSIGNED_BYTE} in {dimensions}"
        )
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise DataError(f"{file}: truncated inside its header")
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    expected, actual = math.prod(shape), len(content) - header
    if actual != expected:
        raise DataError(
            f"{file}: {'truncated' if actual < expected else 'too long'}: {actual} bytes of data for {shape}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)

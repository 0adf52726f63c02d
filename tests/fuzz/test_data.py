"""Data files that are damaged in random ways are either read as they are or refused in one line."""

from __future__ import annotations

import gzip
import io
import struct
import traceback
import tracemalloc

import numpy as np
import pytest
from hypothesis import strategies as st
from tests.fuzz.harness import pressed, where

from zerosweep.data.idx import read_idx
from zerosweep.data.kaggle import Kaggle
from zerosweep.data.mnist import Mnist
from zerosweep.data.npz import Npz
from zerosweep.data.table import Csv
from zerosweep.errors import UserError
from zerosweep.randomness import generator

EXAMPLES = [pytest.param(200, id="some"), pytest.param(3000, id="many", marks=[pytest.mark.slow, pytest.mark.long])]

MOST = 300 * 2**20
"""The most bytes of memory for reading a file of some kilobytes."""


def idx(*shape, content=None):
    numbers = bytes(range(256)) * 40
    size = 1
    for length in shape:
        size *= length
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + (
        numbers[:size] if content is None else content
    )


FILES = {
    "train-images-idx3-ubyte": idx(20, 4, 4), "train-labels-idx1-ubyte": idx(20, content=bytes(i % 10 for i in range(20))),
    "t10k-images-idx3-ubyte": idx(6, 4, 4), "t10k-labels-idx1-ubyte": idx(6, content=bytes(range(6))),
}  # fmt: skip

ARRAYS = {"x": np.arange(80).reshape(20, 4) % 7, "y": np.arange(20) % 3}

HEADER = "label," + ",".join(f"pixel{i}" for i in range(16))

ROWS = [",".join(map(str, [row % 10, *(row * pixel % 256 for pixel in range(16))])) for row in range(20)]

LENGTHS = st.sampled_from([0, 1, 4, 19, 21, 255, 2**16, 2**31 - 1, 2**32 - 1])


@st.composite
def broken(draw, content):
    """Draw the content with some bytes changed, removed, repeated or compressed."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        how = draw(st.sampled_from(["byte", "header", "put", "drop", "cut", "twice", "length", "gzip", "gzip cut"]))
        byte = draw(st.binary(min_size=1, max_size=4))
        if how == "byte":
            content = content[:at] + byte + content[at + len(byte) :]
        elif how == "header":
            content = content[: at % 16] + byte + content[at % 16 + len(byte) :]
        elif how == "put":
            content = content[:at] + byte + content[at:]
        elif how == "drop":
            content = content[:at] + content[at + 1 :]
        elif how == "cut":
            content = content[:at]
        elif how == "twice":
            content = content + content
        elif how == "length":
            place = 4 * draw(st.integers(1, 3))
            content = content[:place] + struct.pack(">I", draw(LENGTHS)) + content[place + 4 :]
        else:
            content = gzip.compress(content, 1)
            content = content[:at] if how == "gzip cut" else content
    return content


SIGNS = ["", "#", '"', "'", ",", " ", "-1", "256", "1.5", "1e2", "nan", "0x1", "é", "\x00", "\r", "\n", "\n\n", "\ufeff", "9" * 400, "label", "\t", ";", "10", "_1", "+1"]  # fmt: skip


@st.composite
def tables(draw):
    """Draw a CSV file of Kaggle with a cell, row or character changed."""
    lines = [HEADER, *ROWS]
    for _ in range(draw(st.integers(1, 2))):
        row = draw(st.integers(0, len(lines) - 1))
        cells = lines[row].split(",")
        at = draw(st.integers(0, len(cells) - 1))
        sign = draw(st.sampled_from(SIGNS))
        how = draw(st.sampled_from(["cell", "put", "row", "drop", "more", "end", "empty"]))
        if how == "cell":
            cells[at] = sign
        elif how == "put":
            cells[at] += sign
        elif how == "drop":
            cells.pop(at)
        elif how == "more":
            cells.append(sign)
        lines[row] = ",".join(cells)
        if how == "row":
            lines.insert(row, sign)
        elif how == "end":
            del lines[row:]
            lines = lines or [""]
        elif how == "empty":
            lines[row] = ""
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n", "\r\n"]))
    return draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1"])), text


def attempt(read, findings, given):
    """Return what `read` returns; None if it refuses the file. Anything else is a finding."""
    tracemalloc.start()
    try:
        found = read()
        findings.tried["taken"] += 1
        if tracemalloc.get_traced_memory()[1] > MOST:
            findings.add(f"memory beyond {MOST} bytes", given)
    except UserError as error:
        findings.tried["refused"] += 1
        if len(str(error).splitlines()) != 1:
            findings.add(f"{len(str(error).splitlines())} lines", given, str(error))
    except BaseException:
        findings.add(where(traceback.format_exc()), given, traceback.format_exc())
    else:
        return found
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_broken_idx_file_is_read_or_refused(examples, tmp_path, counted):
    file = tmp_path / "file"

    def check(one, findings):
        (kind, content) = one
        file.write_bytes(content)
        dimensions = 3 if "images" in kind else 1
        found = attempt(lambda: read_idx(file, dimensions), findings, content)
        if found is not None and (found.ndim != dimensions or found.dtype != "uint8"):
            findings.add("an array of another shape", content, found.shape)

    files = st.sampled_from(sorted(FILES)).flatmap(lambda kind: st.tuples(st.just(kind), broken(FILES[kind])))
    counted(pressed(files, check, examples))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_folder_with_a_broken_file_is_read_whole_or_refused(examples, tmp_path, counted):
    def check(one, findings):
        (kind, content) = one
        for name, right in FILES.items():
            (tmp_path / name).write_bytes(content if name == kind else right)
        dataset = Mnist(dir=str(tmp_path), val_size=2)
        data = attempt(lambda: whole(dataset), findings, (kind, content))
        if data is not None and not len(data.train.x) == len(data.train.labels) > 0:
            findings.add("other labels than images", (kind, content))

    files = st.sampled_from(sorted(FILES)).flatmap(lambda kind: st.tuples(st.just(kind), broken(FILES[kind])))
    counted(pressed(files, check, examples))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_broken_table_is_read_whole_or_refused(examples, tmp_path, counted):
    file = tmp_path / "train.csv"

    def check(one, findings):
        encoding, text = one
        content = text.encode(encoding, errors="replace")
        file.write_bytes(content)
        dataset = Kaggle(path=str(file), val_size=2, test_size=2)
        source = attempt(lambda: whole(dataset) and dataset.source(), findings, content)
        if source is None:
            return
        rows = [line for line in text.replace("\r", "\n").split("\n")[1:] if line.strip()]
        if len(source.x) != len(rows):
            findings.add(f"{len(rows) - len(source.x)} rows dropped", content)

    counted(pressed(tables(), check, examples))


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_broken_archive_is_read_or_refused(examples, compressed, tmp_path, counted):
    file, packed = tmp_path / "own.npz", io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(packed, **ARRAYS)

    def check(content, findings):
        file.write_bytes(content)
        data = attempt(lambda: whole(Npz(path=str(file))), findings, content)
        if data is not None and not (len(data.train.x) == len(data.train.labels) and np.isfinite(data.train.x).all()):
            findings.add("other labels than inputs, or no numbers", content)

    counted(pressed(broken(packed.getvalue()), check, examples))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_broken_table_of_ones_own_is_read_whole_or_refused(examples, tmp_path, counted):
    file = tmp_path / "own.csv"

    def check(one, findings):
        encoding, text = one
        content = text.encode(encoding, errors="replace")
        file.write_bytes(content)
        data = attempt(lambda: whole(Csv(path=str(file), target="label")), findings, content)
        if data is not None and not (len(data.train.x) == len(data.train.labels) and np.isfinite(data.train.x).all()):
            findings.add("other labels than inputs, or no numbers", content)

    counted(pressed(tables(), check, examples))


def whole(dataset):
    source = dataset.source()
    dataset.sizes(len(source), source.own_test, source.own_val)
    return dataset.prepare(source, generator(0, "split"), "float32")

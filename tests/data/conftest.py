"""Small files in the published formats, written byte by byte, and all of the real MNIST."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from zerosweep.data.dataset import Data
from zerosweep.data.mnist import Mnist
from zerosweep.randomness import generator

MNIST_FILES = {
    "train-images-idx3-ubyte": "train",
    "train-labels-idx1-ubyte": "train",
    "t10k-images-idx3-ubyte": "test",
    "t10k-labels-idx1-ubyte": "test",
}


def as_idx(array: np.ndarray) -> bytes:
    """What an IDX file of these unsigned bytes holds."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_mnist(train: int = 40, test: int = 10, side: int = 3, seed: int = 0) -> dict[str, bytes]:
    """The four files, by name and not gzipped, of made-up images whose first pixel is the row's number in its file."""
    rng = np.random.default_rng(seed)
    rows = {"train": train, "test": test}
    images = {part: rng.integers(0, 256, (n, side, side)) for part, n in rows.items()}
    labels = {part: rng.integers(0, 10, n) for part, n in rows.items()}
    for part in images:
        images[part][:, 0, 0] = np.arange(rows[part])
    return {name: as_idx(images[part] if "images" in name else labels[part]) for name, part in MNIST_FILES.items()}


@pytest.fixture
def write_mnist(tmp_path: Path) -> Callable[..., Path]:
    """Writes files into a new folder: write_mnist(small_mnist(), gzipped=True)."""

    def write(files: dict[str, bytes], name: str = "mnist", gzipped: bool = False) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, content in files.items():
            (folder / f"{file}{'.gz' if gzipped else ''}").write_bytes(gzip.compress(content) if gzipped else content)
        return folder

    return write


@pytest.fixture
def digit_recognizer(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows (label, pixel0, pixel1, ...) as the competition's CSV."""

    def write(rows: np.ndarray, name: str = "train.csv") -> Path:
        header = ",".join(["label", *(f"pixel{i}" for i in range(rows.shape[1] - 1))])
        file = tmp_path / name
        file.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
        return file

    return write


@pytest.fixture(scope="session")
def real_mnist(mnist_folder: Path) -> Data:
    """All of it, with raw pixels as bytes: these tests look at rows, not at scales."""
    return Mnist(dir=str(mnist_folder), normalize=False).load(generator(0, "split"), np.uint8)

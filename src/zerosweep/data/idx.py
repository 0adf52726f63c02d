"""Datasets of IDX files, the format of MNIST (LeCun's page "THE MNIST DATABASE", section FILE FORMATS)."""

from __future__ import annotations

import gzip
import math
import os
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Dataset, Source, expanded
from zerosweep.data.labels import numbered
from zerosweep.errors import DataError, SettingError
from zerosweep.recipe import Purpose, number, setting

UNSIGNED_BYTE = 8
"""The code of the only element type that is read."""

NAME = re.compile(r"\w[\w.-]{0,99}")
"""Pattern of the name of a set of images, which may be a folder's."""


@dataclass
class Idx(Dataset):
    """Images in the four files of MNIST's format, under a name of their own: Fashion-MNIST, Kuzushiji-MNIST, ...

    Attributes:
        dir: The folder with the four files, gzipped or not, or with a folder `name` that has them.
        name: What the images are called, as in fashion_mnist.
        test_size: Use the first `test_size` test images; null uses all.
    """

    val_size: int = number(3000, at_least=0)
    test_size: int | None = number(None, at_least=0)  # type: ignore[misc]
    dir: str | None = setting(None, Purpose.PLACE)
    name: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name is not None and not NAME.fullmatch(self.name):
            raise SettingError("name", self.name, "must be letters, digits and signs of _.-, as in fashion_mnist")

    @property
    def origin(self) -> dict[str, Any]:
        return {"dir": self.dir, "name": self.name}

    def source(self) -> Source:
        if self.dir is None:
            raise SettingError("dir", "null", "must be a folder with the four IDX files")
        if self.name is None:
            raise SettingError("name", "null", "must be what the images are called, as in fashion_mnist")
        inner = f"{self.dir}/{self.name}"
        folder = inner if os.path.isdir(expanded("dataset.dir", inner)) else self.dir  # noqa: PTH112
        return read_sets(lambda file: file_in(folder, file))


def file_in(folder: str, name: str) -> Path:
    """Return the path of an IDX file in a folder, gzipped or not.

    Args:
        folder: The value of `dataset.dir`.
        name: The name of the file without ".gz".

    Raises:
        DataError: The folder or the file does not exist.
    """
    path = expanded("dataset.dir", folder)
    if not os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where a name is too long
        raise DataError(f"dataset.dir={folder}: no such folder")
    for file in (path / name, path / f"{name}.gz"):
        if file.exists():
            return file
    raise DataError(f"dataset.dir={folder}: holds neither {name} nor {name}.gz")


def read_sets(find: Callable[[str], Path], classes: int | None = None) -> Source:
    """Return the training images and, as the source's own test set, the test images of four IDX files.

    Args:
        find: Returns the path of a file by its published name.
        classes: The number of classes, whose labels count from 0; None takes the classes from the labels.

    Raises:
        DataError: A file is missing or wrong, or two files do not fit each other.
    """
    parts = []
    for part in ("train", "t10k"):
        images_file, labels_file = find(f"{part}-images-idx3-ubyte"), find(f"{part}-labels-idx1-ubyte")
        images, labels = read_idx(images_file, 3), read_idx(labels_file, 1)
        if len(images) != len(labels) or not len(labels):
            raise DataError(f"{labels_file}: {len(labels)} labels for the {len(images)} images of {images_file.name}")
        if not images.size:
            raise DataError(
                f"{images_file}: images of {images.shape[1]}×{images.shape[2]} pixels; must have at least one pixel"
            )
        if classes is not None and labels.max() >= classes:
            raise DataError(f"{labels_file}: label {labels.max()}; must be 0 to {classes - 1}")
        parts.append((images, labels))
    (train, train_labels), (test, test_labels) = parts
    if train.shape[1:] != test.shape[1:]:
        have = ("{1}×{2}".format(*images.shape) for images in (train, test))
        raise DataError(
            f"{images_file.parent}: training images have {train[0].size} pixels ({next(have)}) and test "
            f"images {test[0].size} ({next(have)})"
        )
    images = np.concatenate([train, test])
    x, shape = images.reshape(len(images), -1), images.shape[1:]
    every_label = np.concatenate([train_labels, test_labels])
    if classes is not None:
        return Source(x, every_label, own_test=len(test), shape=shape, classes=classes)
    indices, names = numbered(every_label, f"{labels_file.parent}: the labels")
    return Source(x, indices, len(test), shape=shape, classes=len(names), names=names, details=str((shape, names)))


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

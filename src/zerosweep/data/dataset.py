"""Datasets: images with labels, split three ways."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zerosweep.errors import DataError, SettingError
from zerosweep.recipe import Purpose, Recipe, number


@dataclass(frozen=True)
class Examples:
    """Inputs x: (N, D) floats, and targets: (N,) class indices, or (N, K) one-hot floats."""

    x: NDArray[np.floating]
    targets: NDArray[Any]

    def __len__(self) -> int:
        return len(self.x)

    @property
    def labels(self) -> NDArray[np.integer]:
        """(N,) class indices, whatever form the targets have."""
        return self.targets if self.targets.ndim == 1 else np.asarray(self.targets.argmax(axis=1))


@dataclass(frozen=True)
class Data:
    """Three disjoint sets of examples (validation and test may be empty), the number of classes, and `identity`: a hash of
    the source's content, which is the same wherever the files lie."""

    train: Examples
    validation: Examples
    test: Examples
    classes: int
    identity: str


@dataclass(frozen=True)
class Source:
    """Images as they were published. pixels: (N, D) uint8 (of points that are no images, floats), labels: (N,) uint8; the first `len(pixels) - own_test` are for
    training and validation, the rest is the source's own test set."""

    pixels: NDArray[np.uint8] | NDArray[np.float64]
    labels: NDArray[np.uint8]
    own_test: int = 0

    @cached_property
    def identity(self) -> str:
        """A hash of the content, in 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for array in (self.pixels, self.labels):
            digest.update(f"{array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()[:16]


@dataclass
class Dataset(Recipe):
    """A source of labelled images and how to use it.

    train_size: training rows, or null for all that are left. val_size: validation rows.
    normalize: pixels in [0, 1] rather than raw. one_hot: targets as one-hot rows rather than class indices.
    """

    train_size: int | None = number(None, at_least=1)
    val_size: int = number(0, at_least=0)
    normalize: bool = True
    one_hot: bool = False

    classes: ClassVar[int] = 10
    largest_pixel: ClassVar[int] = 255
    test_size: ClassVar[int | None] = None
    """Rows to test on, a field where it can be chosen; null is the whole of the source's own test set."""

    @property
    def scale(self) -> int:
        """What the source's pixels are divided by."""
        return self.largest_pixel if self.normalize else 1

    @property
    def origin(self) -> dict[str, Any]:
        """The settings that `source` depends on: data sets that agree in them have one source."""
        return self.of(Purpose.PLACE)

    def source(self) -> Source:
        """Read the images; a file that is absent or wrong is a `DataError`."""
        raise NotImplementedError

    def load(self, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Read, split and scale. The split is a pure function of the sizes and of `rng`."""
        return self.prepare(self.source(), rng, dtype)

    def prepare(self, source: Source, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Split and scale what `source` read. The arrays are read-only, so that runs may share them."""
        train, validation, test = self.split(len(source.pixels), source.own_test, rng)

        def examples(rows: NDArray[np.intp]) -> Examples:
            x = source.pixels[rows].astype(dtype)
            if self.scale != 1:
                x /= self.scale
            labels = source.labels[rows].astype(np.intp)
            targets = np.eye(self.classes, dtype=dtype)[labels] if self.one_hot else labels
            x.flags.writeable = targets.flags.writeable = False
            return Examples(x, targets)

        return Data(examples(train), examples(validation), examples(test), self.classes, source.identity)

    def sizes(self, rows: int, own_test: int) -> tuple[int, int, int]:
        """How many rows of a source go into the training, validation and test sets."""
        test = own_test if self.test_size is None else self.test_size
        if own_test and test > own_test:
            raise SettingError("test_size", test, f"must be <= {own_test}, the test set's rows")
        available = rows - (own_test or test)
        if available < 1:
            raise SettingError("test_size", test, f"must be < {rows}, the rows there are")
        # Of a source with its own test set, validation rows come from the second half of the file.
        spare = min(available - available // 2, available - 1) if own_test else available - 1
        if self.val_size > spare:
            raise SettingError("val_size", self.val_size, f"must be <= {spare}, to leave rows to train on")
        left = available - self.val_size
        if self.train_size is not None and self.train_size > left:
            raise SettingError("train_size", self.train_size, f"must be <= {left}, the rows left")
        return left if self.train_size is None else self.train_size, self.val_size, test

    def split(
        self, rows: int, own_test: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Row numbers of the training, validation and test sets.

        A source with a test set of its own (MNIST) keeps its training rows in file order, so that train_size=1000 is the
        published experiments' "first 1,000 images"; validation rows are drawn from the second half of the file. Any other
        source is shuffled whole first. Neither validation nor test rows depend on train_size.
        """
        train_size, val_size, test_size = self.sizes(rows, own_test)
        if not own_test:
            order = rng.permutation(rows)
            test, validation, train = np.split(order, [test_size, test_size + val_size])
            return train[:train_size], validation, test
        available = rows - own_test
        half = available // 2
        validation = np.sort(half + rng.permutation(available - half)[:val_size])
        train = np.setdiff1d(np.arange(available), validation, assume_unique=True)
        return train[:train_size], validation, np.arange(available, available + test_size)


def expanded(setting: str, path: str) -> Path:
    """Return the path with ~ as the home folder. `setting` names it in a `DataError` where there is no such home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise DataError(f"{setting}={path}: no such user") from None

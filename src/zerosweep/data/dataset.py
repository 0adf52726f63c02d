"""The base of datasets: labelled examples, split into training, validation and test sets."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zerosweep.data.preprocessing import Preprocessing
from zerosweep.errors import DataError, SettingError
from zerosweep.recipe import Purpose, Recipe, number


@dataclass(frozen=True)
class Examples:
    """A set of N labelled examples.

    Attributes:
        x: The inputs, floats of shape (N, D).
        targets: Class indices of shape (N,), or one-hot floats of shape (N, K).
    """

    x: NDArray[np.floating]
    targets: NDArray[Any]

    def __len__(self) -> int:
        return len(self.x)

    @property
    def labels(self) -> NDArray[np.integer]:
        """The class indices, shape (N,), also of one-hot targets."""
        return self.targets if self.targets.ndim == 1 else np.asarray(self.targets.argmax(axis=1))


@dataclass(frozen=True)
class Data:
    """Three disjoint sets of examples, of which the validation and the test set may be empty.

    Attributes:
        train: The training set.
        validation: The validation set.
        test: The test set.
        classes: The number of classes.
        identity: A hash of the source's content, independent of where its files are.
        preprocessing: What was done to the raw inputs; it also says which shape an input has.
    """

    train: Examples
    validation: Examples
    test: Examples
    classes: int
    identity: str
    preprocessing: Preprocessing


@dataclass(frozen=True)
class Source:
    """Labelled images in the order in which they were published.

    Attributes:
        pixels: The inputs, shape (N, D): uint8 for images, floats for points.
        labels: The class indices, shape (N,).
        own_test: The number of last rows that were published as a test set; 0 if there is none.
    """

    pixels: NDArray[np.uint8] | NDArray[np.float64]
    labels: NDArray[np.uint8]
    own_test: int = 0

    @cached_property
    def identity(self) -> str:
        """A hash of the pixels and labels, in 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for array in (self.pixels, self.labels):
            digest.update(f"{array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()[:16]


@dataclass
class Dataset(Recipe):
    """A source of labelled images, and how to split and scale them.

    Attributes:
        train_size: Number of training rows; null uses all rows that are left.
        val_size: Number of validation rows.
        normalize: Divide pixels by the largest one, so that they are in [0, 1]; else they stay raw.
        one_hot: Give targets as one-hot rows rather than class indices.
        test_size: Number of test rows; null uses all of the source's own test set.
        classes: The number of classes.
        largest_pixel: The largest value of a raw pixel.
    """

    train_size: int | None = number(None, at_least=1)
    val_size: int = number(0, at_least=0)
    normalize: bool = True
    one_hot: bool = False

    classes: ClassVar[int] = 10
    largest_pixel: ClassVar[int] = 255
    test_size: ClassVar[int | None] = None  # a subclass makes it a setting

    @property
    def scale(self) -> int:
        """The divisor of the source's pixels."""
        return self.largest_pixel if self.normalize else 1

    @property
    def origin(self) -> dict[str, Any]:
        """The settings that `source` depends on, by name.

        Two datasets of one class with equal values have the same source.
        """
        return self.of(Purpose.PLACE)

    def source(self) -> Source:
        """Read the labelled images.

        Raises:
            DataError: A file is missing or has wrong content.
        """
        raise NotImplementedError

    def load(self, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Read, split and scale the images.

        Args:
            rng: The generator of the split, which is a pure function of it and of the sizes.
            dtype: The type of the inputs and of one-hot targets.
        """
        return self.prepare(self.source(), rng, dtype)

    def prepare(self, source: Source, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Split and scale a source that was read before; the arguments are otherwise those of `load`.

        The arrays are read-only, so that runs can share them.
        """
        train, validation, test = self.split(len(source.pixels), source.own_test, rng)

        def examples(rows: NDArray[np.intp]) -> Examples:
            x = source.pixels[rows].astype(dtype)
            if self.scale != 1:
                x /= self.scale
            labels = source.labels[rows].astype(np.intp)
            targets = np.eye(self.classes, dtype=dtype)[labels] if self.one_hot else labels
            x.flags.writeable = targets.flags.writeable = False
            return Examples(x, targets)

        side = math.isqrt(source.pixels.shape[1])
        shape = (side, side) if side * side == source.pixels.shape[1] else source.pixels.shape[1:]
        preprocessing = Preprocessing(shape, scale=(float(self.scale),))
        return Data(examples(train), examples(validation), examples(test), self.classes, source.identity, preprocessing)

    def sizes(self, rows: int, own_test: int) -> tuple[int, int, int]:
        """Return the number of rows in the training, validation and test sets.

        Args:
            rows: The number of rows of the source, with its own test set.
            own_test: The number of rows in the source's own test set, or 0.

        Raises:
            SettingError: A size is larger than the rows that are left for it.
        """
        test = own_test if self.test_size is None else self.test_size
        if own_test and test > own_test:
            raise SettingError("test_size", test, f"must be <= {own_test}, the test set's rows")
        available = rows - (own_test or test)
        if available < 1:
            raise SettingError("test_size", test, f"must be < {rows}, the number of rows")
        # In a source with its own test set, validation rows come from the second half of the other rows.
        spare = min(available - available // 2, available - 1) if own_test else available - 1
        if self.val_size > spare:
            raise SettingError("val_size", self.val_size, f"must be <= {spare}, so that a row is left for training")
        left = available - self.val_size
        if self.train_size is not None and self.train_size > left:
            raise SettingError("train_size", self.train_size, f"must be <= {left}, the number of rows left")
        return left if self.train_size is None else self.train_size, self.val_size, test

    def split(
        self, rows: int, own_test: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return the row numbers of the training, validation and test sets.

        A source with its own test set (MNIST) is trained on in file order, so that `train_size=1000` means the "first
        1,000 images" of published experiments; its validation rows are drawn from the second half of the training file.
        Any other source is shuffled first. Validation and test rows do not depend on `train_size`.

        Args:
            rows: The number of rows of the source, with its own test set.
            own_test: The number of rows in the source's own test set, or 0.
            rng: The generator of the shuffle or of the validation rows.
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
    """Return a path with `~` replaced by the home folder.

    Args:
        setting: The dotted name of the setting that holds the path, for the error.
        path: The path.

    Raises:
        DataError: The path names an unknown user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise DataError(f"{setting}={path}: no such user") from None

"""The base of datasets: labelled examples, split into training, validation and test sets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        names: The names of the classes in order; () if they are their numbers.
    """

    train: Examples
    validation: Examples
    test: Examples
    classes: int
    identity: str
    preprocessing: Preprocessing
    names: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class: its own, or its number."""
        return self.names or tuple(map(str, range(self.classes)))


@dataclass(frozen=True)
class Source:
    """Labelled inputs in the order in which they were published.

    A source may have a validation and a test set of its own. These are its last rows: training, validation, test.

    Attributes:
        x: The raw inputs, shape (N, D): uint8 for the pixels of images, or floats.
        labels: The class indices, shape (N,).
        own_test: The number of last rows that were published as a test set; 0 if there is none.
        own_val: The number of rows before these that were published as a validation set; 0 if there is none.
        shape: The shape of an input: (H, W), (H, W, C) or (C, H, W) for an image; () for D features.
        channels_last: Whether a shape of three numbers is (H, W, C).
        classes: The number of classes; 0 for the largest label and 1.
        names: The names of the classes in order; () if they are their numbers.
        details: What else tells this source from one with equal arrays; it is part of the identity.
    """

    x: NDArray[Any]
    labels: NDArray[np.integer]
    own_test: int = 0
    own_val: int = 0
    shape: tuple[int, ...] = ()
    channels_last: bool = False
    classes: int = 0
    names: tuple[str, ...] = ()
    details: str = ""

    def __post_init__(self) -> None:
        if not self.classes:
            object.__setattr__(self, "classes", int(self.labels.max()) + 1)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def preprocessing(self) -> Preprocessing:
        """A preprocessing that knows the shape of the inputs and does not scale them."""
        return Preprocessing(self.shape or self.x.shape[1:], self.channels_last)

    @cached_property
    def identity(self) -> str:
        """A hash of the inputs and labels, in 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for array in (self.x, self.labels):
            digest.update(f"{array.shape}".encode())
            digest.update(array.tobytes())
        digest.update(self.details.encode())
        return digest.hexdigest()[:16]


@dataclass
class Dataset(Recipe):
    """A source of labelled inputs, and how to split and scale them.

    Attributes:
        train_size: Number of training rows; null uses all rows that are left.
        val_size: Number of validation rows.
        normalize: Divide pixels by the largest one, so that they are in [0, 1]; else they stay raw.
        one_hot: Give targets as one-hot rows rather than class indices.
        test_size: Number of test rows; null uses all of the source's own test set.
        largest_pixel: The largest value of a raw pixel.
    """

    train_size: int | None = number(None, at_least=1)
    val_size: int = number(0, at_least=0)
    normalize: bool = True
    one_hot: bool = False

    largest_pixel: ClassVar[int] = 255
    test_size: ClassVar[int | None] = None  # a subclass makes it a setting

    in_file_order: ClassVar[bool] = True
    """Whether a source with its own test set is trained on in the order of its file."""

    one_in: ClassVar[Mapping[str, int]] = {}
    """A size that is null takes one row in so many, unless the source has its own set; by setting."""

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

    @property
    def version(self) -> Any:
        """A value that changes with the content of the files, so that a cached source is read again."""
        return None

    def source(self) -> Source:
        """Read the labelled inputs.

        Raises:
            DataError: A file is missing or has wrong content.
        """
        raise NotImplementedError

    def load(self, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Read, split and scale the inputs.

        Args:
            rng: The generator of the split, which is a pure function of it and of the sizes.
            dtype: The type of the inputs and of one-hot targets.
        """
        return self.prepare(self.source(), rng, dtype)

    def prepare(self, source: Source, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Data:
        """Split and scale a source that was read before; the arguments are otherwise those of `load`.

        The arrays are read-only, so that runs can share them.
        """
        train, validation, test = self.split(len(source), source.own_test, rng, source.own_val)
        preprocessing = self.preprocessing(source, train)

        def examples(rows: NDArray[np.intp]) -> Examples:
            x = preprocessing(source.x[rows], dtype)
            labels = source.labels[rows].astype(np.intp)
            targets = np.eye(source.classes, dtype=dtype)[labels] if self.one_hot else labels
            x.flags.writeable = targets.flags.writeable = False
            return Examples(x, targets)

        return Data(
            examples(train),
            examples(validation),
            examples(test),
            source.classes,
            source.identity,
            preprocessing,
            source.names,
        )

    def preprocessing(self, source: Source, train: NDArray[np.intp]) -> Preprocessing:
        """Return what is done to the inputs of `source`, whose rows `train` are the training set."""
        return replace(source.preprocessing, scale=(float(self.scale),))

    def sizes(self, rows: int, own_test: int, own_val: int = 0) -> tuple[int, int, int]:
        """Return the number of rows in the training, validation and test sets.

        Args:
            rows: The number of rows of the source, with its own sets.
            own_test: The number of rows in the source's own test set, or 0.
            own_val: The number of rows in the source's own validation set, or 0.

        Raises:
            SettingError: A size is larger than the rows that are left for it.
        """
        free = rows - own_test - own_val
        test, val = self._size("test_size", own_test, free), self._size("val_size", own_val, free)
        available = free if own_test else free - test
        if available < 1:
            raise SettingError("test_size", test, f"must be < {free}, the number of rows")
        left = available
        if not own_val:
            # In file order, validation rows come from the second half of the rows that are not for testing.
            most = available - available // 2 if own_test and self.in_file_order else available
            spare = min(most, available - 1)
            if val > spare:
                raise SettingError("val_size", val, f"must be <= {spare}, so that a row is left for training")
            left -= val
        if self.train_size is not None and self.train_size > left:
            raise SettingError("train_size", self.train_size, f"must be <= {left}, the number of rows left")
        return left if self.train_size is None else self.train_size, val, test

    def _size(self, setting: str, own: int, free: int) -> int:
        """Return the rows of a set, of which the source has `own` of its own, and `free` that belong to no set."""
        size: int | None = getattr(self, setting)
        if size is None:
            return own or (-(-free // self.one_in[setting]) if setting in self.one_in else 0)
        if own and size > own:
            raise SettingError(setting, size, f"must be <= {own}, the rows of the data's own set")
        return size

    def split(
        self, rows: int, own_test: int, rng: np.random.Generator, own_val: int = 0
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return the row numbers of the training, validation and test sets.

        A source with its own test set (MNIST) is trained on `in_file_order`, so that `train_size=1000` means the "first
        1,000 images" of published experiments; its validation rows are drawn from the second half of the training file.
        Any other source is shuffled first, and its own sets apart from the rest. Validation and test rows do not depend
        on `train_size`.

        Args:
            rows: The number of rows of the source, with its own sets.
            own_test: The number of rows in the source's own test set, or 0.
            rng: The generator of the shuffle or of the validation rows.
            own_val: The number of rows in the source's own validation set, or 0.
        """
        train_size, val_size, test_size = self.sizes(rows, own_test, own_val)
        if own_test and self.in_file_order:
            available = rows - own_test
            half = available // 2
            validation = np.sort(half + rng.permutation(available - half)[:val_size])
            train = np.setdiff1d(np.arange(available), validation, assume_unique=True)
            return train[:train_size], validation, np.arange(available, available + test_size)
        free = rows - own_test - own_val
        rest = rng.permutation(free)
        if own_test:
            test = rows - own_test + rng.permutation(own_test)[:test_size]
        else:
            test, rest = rest[:test_size], rest[test_size:]
        if own_val:
            validation = free + rng.permutation(own_val)[:val_size]
        else:
            validation, rest = rest[:val_size], rest[val_size:]
        return rest[:train_size], validation, test


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

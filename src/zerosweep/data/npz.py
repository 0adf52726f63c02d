"""Arrays of one's own: inputs and labels in a NumPy archive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Source
from zerosweep.data.labels import numbered
from zerosweep.data.own import OwnData
from zerosweep.errors import DataError, suggestion

SETS = ("train", "val", "test")
"""The sets that an archive may have, in the order of a `Source`."""

NAMES = (*(f"{array}_{part}" for part in SETS for array in "xy"), "x", "y")
"""The names of arrays that an archive may have. `x` and `y` are `x_train` and `y_train`."""

UNREADABLE = (
    ValueError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    KeyError,
)
"""Errors by which zipfile and NumPy refuse a damaged, encrypted or otherwise unreadable archive."""


@dataclass
class Npz(OwnData):
    """Arrays `x` and `y` of a NumPy archive, optionally with validation and test sets of their own.

    x has shape (n, d) for features, (n, h, w) for grey images, (n, h, w, c) or (n, c, h, w) for images with channels; y
    has n labels, integers or words.

    Attributes:
        path: The archive (.npz) with `x` and `y`, or with `x_train`, `y_train`, and optionally `x_val`, `y_val`,
            `x_test`, `y_test`.
    """

    def source(self) -> Source:
        file = self.file("a NumPy archive (.npz) with the arrays x and y")
        try:
            with file.open("rb") as opened:
                arrays = read_archive(opened, str(file))
        except OSError as error:
            raise self.unreadable(error) from None
        parts = checked(arrays, str(file))
        x = np.concatenate([part_x for part_x, _ in parts.values()])
        labels, names = numbered(np.concatenate([part_y for _, part_y in parts.values()]), f"{file}: y")
        shape, channels_last = self.input_shape(x.shape[1:])
        own = {part: len(part_y) for part, (_, part_y) in parts.items()}
        return Source(
            x.reshape(len(x), -1), labels, own.get("test", 0), own.get("val", 0), shape, channels_last,
            len(names), names, details=str((x.shape, x.dtype.str, own, names)),
        )  # fmt: skip


def read_archive(opened: Any, what: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of an open archive, by name. Arrays of Python objects, which could run code, are refused.

    Args:
        opened: The file, open for reading bytes.
        what: The beginning of the error.

    Raises:
        DataError: The file is no archive, is damaged, or holds Python objects.
    """
    try:
        if not zipfile.is_zipfile(opened):  # or NumPy would take any file for Python objects
            raise DataError(
                f"{what}: must be a NumPy archive (.npz), which is a zip file; this is another file or truncated"
            )
        opened.seek(0)
        archive = np.load(opened, allow_pickle=False)
        arrays = {}
        with archive:
            for name in archive.files:
                try:
                    array = archive[name]
                except UNREADABLE as error:
                    raise DataError(f"{what}: array {name!r} cannot be read ({_reason(error)})") from error
                if not isinstance(array, np.ndarray):
                    raise DataError(f"{what}: {name!r} is no array")
                arrays[name] = array
    except UNREADABLE as error:
        raise DataError(f"{what}: must be a NumPy archive (.npz); cannot be read ({_reason(error)})") from error
    return arrays


def _reason(error: BaseException) -> str:
    if "allow_pickle" in str(error):
        return "Python objects are refused; save numbers, or text as dtype str"
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def checked(arrays: Mapping[str, NDArray[Any]], what: str) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Return the inputs and labels of each set that `arrays` have, in the order of `SETS`.

    Inputs are returned as uint8, float32 or float64, and labels as integers or words.

    Args:
        arrays: Arrays by the names in `NAMES`.
        what: The beginning of the error.

    Raises:
        DataError: A name is unknown or missing, or an array is of another type or shape than its set needs.
    """
    for name in arrays:
        if name not in NAMES:
            raise DataError(
                f"{what}: array {name!r}; must be x and y, or of {', '.join(NAMES[:6])}{suggestion(name, NAMES)}"
            )
    renamed = {name if "_" in name else f"{name}_train": (name, array) for name, array in arrays.items()}
    if len(renamed) < len(arrays):
        raise DataError(f"{what}: has both x and x_train, or both y and y_train; must have one of the two")
    parts = {}
    for part in SETS:
        names = (f"x_{part}", f"y_{part}")
        missing = [name for name in names if name not in renamed]
        if len(missing) == 2 and part != "train":
            continue
        if missing:
            also = missing[0].removesuffix("_train")
            raise DataError(f"{what}: has no array {also}; found {', '.join(arrays) or 'none'}")
        (x_name, x), (y_name, y) = (renamed[name] for name in names)
        x, y = inputs(x, f"{what}: {x_name}"), labels(y, f"{what}: {y_name}")
        if len(x) != len(y):
            raise DataError(f"{what}: {y_name} has {len(y)} labels for the {len(x)} rows of {x_name}")
        parts[part] = x, y
    first_x, first_y = parts["train"]
    for part, (x, y) in parts.items():
        if (x.shape[1:], x.dtype) != (first_x.shape[1:], first_x.dtype):
            found, wanted = (
                f"{each.dtype} of shape (n, {', '.join(map(str, each.shape[1:]))})" for each in (x, first_x)
            )
            raise DataError(f"{what}: x_{part} is {found}; must be {wanted}, as the training inputs")
        if y.dtype.kind != first_y.dtype.kind:
            raise DataError(f"{what}: y_{part} is {y.dtype}; must be {first_y.dtype}, as the training labels")
    return parts


def inputs(x: NDArray[Any], what: str) -> NDArray[Any]:
    """Return inputs as finite numbers: bytes as they are, float32 as it is, any other number as float64.

    Args:
        x: Shape (n, ...), with 1 to 3 axes besides the first one, none of them empty.
        what: The beginning of the error.

    Raises:
        DataError: `x` has another shape or type, or a value that is not finite.
    """
    if x.dtype.kind not in "biuf":
        raise DataError(f"{what} is of type {x.dtype}; must be numbers")
    if x.ndim not in (2, 3, 4) or not x.size:
        raise DataError(
            f"{what} has shape {x.shape}; must be (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), not empty"
        )
    if x.dtype == np.uint8:
        return np.ascontiguousarray(x)
    with np.errstate(over="ignore"):  # of long doubles
        x = np.ascontiguousarray(x, np.float32 if x.dtype == np.float32 else np.float64)
    if not np.isfinite(x).all():
        at = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(x)))
        raise DataError(f"{what}[{', '.join(map(str, at))}] is {x[at]}; must be a finite number")
    return x


def labels(y: NDArray[Any], what: str) -> NDArray[Any]:
    """Return labels as integers or words.

    Args:
        y: Integers, floats without a fraction, booleans or words, shape (n,).
        what: The beginning of the error.

    Raises:
        DataError: `y` has another shape, or a label is of another kind.
    """
    if y.ndim != 1:
        hint = "; one-hot rows are y.argmax(axis=1)" if y.ndim == 2 else ""
        raise DataError(f"{what} has shape {y.shape}; must be (n,){hint}")
    if y.dtype.kind == "U":
        if "" in y:
            raise DataError(f"{what}[{int(np.flatnonzero(y == '')[0])}] is empty; must be a label")
        return y
    if y.dtype.kind not in "biuf":
        raise DataError(f"{what} is of type {y.dtype}; must be integers or words")
    with np.errstate(invalid="ignore"):
        integers = y.astype(np.int64)
    if not np.array_equal(integers, y):
        at = int(np.flatnonzero(integers != y)[0])
        raise DataError(f"{what}[{at}] is {y[at]}; must be a class, an integer or a word")
    return integers

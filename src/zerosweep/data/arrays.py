"""Arrays in memory as a file that any process can read, named by its content."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zerosweep.data.npz import checked
from zerosweep.errors import DataError, unusable_folder


def saved(
    x: ArrayLike,
    y: ArrayLike,
    *,
    x_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None,
    x_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    folder: Path,
) -> Path:
    """Return the archive with these arrays, to be read as `dataset=npz dataset.path=...`.

    Equal arrays have the same file, which is written once. Many processes may save at the same time.

    Args:
        x: Inputs: (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w); anything that NumPy makes an array of.
        y: Labels, integers or words, shape (n,).
        x_val: Inputs of a validation set.
        y_val: Labels of the validation set.
        x_test: Inputs of a test set.
        y_test: Labels of the test set.
        folder: The folder of such files, created if it does not exist.

    Raises:
        DataError: The arrays are no inputs and labels; see `zerosweep.data.npz.checked`.
        SettingError: The folder cannot be written to.
    """
    given = {"x": x, "y": y, "x_val": x_val, "y_val": y_val, "x_test": x_test, "y_test": y_test}
    arrays = {name: _as_array(name, value) for name, value in given.items() if value is not None}
    parts = checked(arrays, "the arrays")
    named = {f"{array}_{part}": value for part, both in parts.items() for array, value in zip("xy", both, strict=True)}
    digest = hashlib.sha256()
    for name, array in named.items():
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    file = folder.absolute() / f"{digest.hexdigest()[:16]}.npz"
    if not file.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f"{uuid.uuid4().hex}.part")
            try:
                with part.open("xb") as opened:
                    np.savez(opened, allow_pickle=False, **named)
                part.replace(file)  # no process sees a half-written file under this name
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise unusable_folder("data", folder, error) from None
    return file


def _as_array(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return values as an array of numbers or of words, which may come as Python objects (pandas).

    Raises:
        DataError: The rows differ in length, or an object is neither a number nor a word, or both kinds occur.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"the arrays: {name}: {str(error).splitlines()[0]}") from None
    if array.dtype.kind not in "OT":
        return array
    words = array.ndim == 1 and array.size > 0 and isinstance(array[0], str)
    kinds = str if words else (int, float, np.number, np.bool_)
    for at, value in np.ndenumerate(array):
        if not isinstance(value, kinds):
            place = ", ".join(map(str, at))
            raise DataError(f"the arrays: {name}[{place}] is {value!r}; must be a {'word' if words else 'number'}")
    return array.astype(str if words else np.float64)

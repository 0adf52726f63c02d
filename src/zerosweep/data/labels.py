"""Class labels of any kind as class indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.errors import DataError


def numbered(labels: NDArray[Any], what: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return class indices and the names of the classes.

    The classes are the labels that occur, integers in their order and words in alphabetical order.

    Args:
        labels: Integers or words, shape (N,).
        what: The beginning of the error.

    Returns:
        The index of each label's class, shape (N,), and the name of each class, which is its label.

    Raises:
        DataError: There are fewer than two classes.
    """
    values, indices = np.unique(labels, return_inverse=True)
    if len(values) < 2:
        found = f"only {values.tolist()[0]!r}" if len(values) else "none"
        raise DataError(f"{what} must be of two classes at least; found {found}")
    return indices.astype(np.int64), tuple(map(str, values.tolist()))

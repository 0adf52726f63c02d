"""Arrays in memory as the data set of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zerosweep.data.arrays import saved
from zerosweep.errors import UserError
from zerosweep.places import home

Arrays = tuple[Any, Any] | Mapping[str, Any]
"""(x, y), or a dictionary with x, y and optionally x_val, y_val, x_test, y_test."""

NAMES = ("x", "y", "x_val", "y_val", "x_test", "y_test")


def dataset(data: Arrays | None) -> list[dict[str, str]]:
    """Return the settings of a data set with these arrays, which are saved once by their content; [] without any.

    Args:
        data: Inputs of shape (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), and n labels, integers or words.

    Raises:
        UserError: The arrays are not inputs and labels.
    """
    if data is None:
        return []
    arrays = dict(data) if isinstance(data, Mapping) else dict(zip(NAMES, data, strict=False))
    if not {"x", "y"} <= arrays.keys() <= set(NAMES) or (not isinstance(data, Mapping) and len(data) != 2):
        raise UserError(f"data: must be (x, y), or a dictionary with x and y and any of {', '.join(NAMES[2:])}")
    return [{"dataset": "npz", "dataset.path": str(saved(**arrays, folder=home() / "mlruns" / "data"))}]

"""Values that a person has enqueued in a study: convert them to the types of the search space, or refuse them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.trial import Trial

from zerosweep.config.space import Choices, Dimension, Value
from zerosweep.errors import UserError
from zerosweep.search.optuna_private import enqueued_values
from zerosweep.tracking.params import as_typed


def fitted(name: str, value: Any, dimension: Dimension) -> Value:
    """Return an enqueued value of a setting, converted to the type that its dimension has.

    Both 50 and "50" become the choice 50, and "True" becomes the choice true. Bounds are not checked.

    Args:
        name: The setting, for the error message.

    Raises:
        UserError: The value is none of the choices, or is not a number where the dimension needs one.
    """
    if isinstance(dimension, Choices):
        equal = [choice for choice in dimension.values if same(as_typed(choice), as_typed(value))]
        if not equal:
            allowed = ", ".join(map(as_typed, dimension.values))
            raise UserError(f"{name}={as_typed(value)}: is enqueued; must be one of {allowed}")
        return equal[0]
    number = None if isinstance(value, bool) else _number(value)
    if number is None or (dimension.whole and not number.is_integer()):
        raise UserError(
            f"{name}={as_typed(value)}: is enqueued; must be {'an integer' if dimension.whole else 'a number'}"
        )
    return int(number) if dimension.whole else number


def refuse_unused(trial: Trial, values: Mapping[str, Value]) -> None:
    """Raise a `UserError` if a value was enqueued for a setting that is not among the `values` of the trial."""
    for name, value in enqueued_values(trial).items():
        if name not in values:
            raise UserError(f"{name}={as_typed(value)}: is enqueued, but is not among {', '.join(values)}")


def same(first: str, second: str) -> bool:
    """Return whether two texts denote one value.

    They may differ in spaces, in the case of true and false, and in the notation of a number.
    """
    first, second = first.replace(" ", ""), second.replace(" ", "")
    if first == second or {first, second} in ({"True", "true"}, {"False", "false"}):
        return True
    return (number := _number(first)) is not None and number == _number(second)


def _number(value: Any) -> float | None:
    """Return the value as a finite number, or None where it is not one."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None

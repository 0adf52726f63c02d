"""Values that a person has put in a study's queue, in whatever type: fitted to the search space, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.trial import Trial

from zerosweep.config.space import Choices, Dimension, Value
from zerosweep.errors import UserError
from zerosweep.tracking.runlog import as_typed


def fitted(name: str, value: Any, dimension: Dimension) -> Value:
    """Return the value of a setting as the dimension has it: 50 and "50" are the choice 50, True is the choice true. A value
    that fits none is a `UserError`."""
    if isinstance(dimension, Choices):
        equal = [choice for choice in dimension.values if same(choice, as_typed(value))]
        if not equal:
            raise UserError(f"{name}={as_typed(value)}: is enqueued; must be one of {', '.join(dimension.values)}")
        return equal[0]
    number = None if isinstance(value, bool) else _number(value)
    if number is None or (dimension.whole and not number.is_integer()):
        raise UserError(
            f"{name}={as_typed(value)}: is enqueued; must be {'an integer' if dimension.whole else 'a number'}"
        )
    return int(number) if dimension.whole else number


def refuse_unused(trial: Trial, values: Mapping[str, Value]) -> None:
    """Refuse what is enqueued for settings that have no value in this trial."""
    for name, value in trial._fixed_params.items():
        if name not in values:
            raise UserError(f"{name}={as_typed(value)}: is enqueued, but is not among {', '.join(values)}")


def same(one: str, other: str) -> bool:
    """Whether two texts are one value: equal but for spaces, the case of true and false, or the way to write a number."""
    first, second = (text.replace(" ", "") for text in (one, other))
    if first == second or {first, second} in ({"True", "true"}, {"False", "false"}):
        return True
    return (number := _number(first)) is not None and number == _number(second)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None

"""Configurations that a person has enqueued, by a setting or in the study: fit them to the search space, or refuse them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import Trial

from zerosweep.config.space import Choices, Dimension, Space, Value
from zerosweep.errors import SettingError, UserError, suggestion
from zerosweep.search.optuna_private import enqueued_values
from zerosweep.tracking.params import as_typed


def read_enqueued(given: Sequence[str], space: Space) -> list[dict[str, Value]]:
    """Return the configurations that `hydra.sweeper.enqueue` lists, with the types of the space.

    Args:
        given: The configurations, each some overrides of searched settings with spaces between them.

    Raises:
        SettingError: A setting is not searched, or a value is not in the space.
    """
    return [_read(text, space) for text in dict.fromkeys(given)]


def _read(text: str, space: Space) -> dict[str, Value]:
    """Return the values of one configuration, in the order of the space."""
    try:
        pairs = [part.partition("=") for part in shlex.split(text)]
    except ValueError as error:  # a quote is not closed
        raise SettingError("enqueue", text, f"cannot be read ({error})") from None
    values = {name.lstrip("+"): value for name, equals, value in pairs if equals}
    if not pairs or len(values) < len(pairs):
        raise SettingError("enqueue", text, "must be different SETTING=VALUE with spaces between them")
    searched = {name.lstrip("+"): name for name in space.everywhere()}
    if unknown := [name for name in values if name not in searched]:
        allowed = f"{unknown[0]} is not searched; must be among {', '.join(searched)}"
        raise SettingError("enqueue", text, f"{allowed}{suggestion(unknown[0], searched)}")
    given, groups, why = {searched[name]: value for name, value in values.items()}, space.groups(), ""
    try:
        options = {name: fitted(name, given[name], choices) for name, choices in groups.items() if name in given}
    except UserError as error:
        raise SettingError("enqueue", text, str(error)) from None
    for chosen in space.combinations():
        if chosen.items() >= options.items():
            dimensions = groups | space.within(chosen)
            try:
                return {name: _inside(name, value, dimensions.get(name)) for name, value in given.items()}
            except UserError as error:
                why = str(error)
    raise SettingError("enqueue", text, why)


def _inside(name: str, text: str, dimension: Dimension | None) -> Value:
    """Return a value with the type of its dimension; a `UserError` if the dimension does not have it."""
    if dimension is None:
        raise UserError(f"{name} is not a setting of these options")
    value = fitted(name, text, dimension)
    if not isinstance(dimension, Choices):
        assert isinstance(value, int | float)
        if not dimension.low <= value <= dimension.high:
            raise UserError(f"{name}={text}: must be from {as_typed(dimension.low)} to {as_typed(dimension.high)}")
        steps = (value - dimension.low) / (dimension.step or 1)
        if dimension.step and abs(steps - round(steps)) > 1e-8:
            raise UserError(
                f"{name}={text}: must be {as_typed(dimension.low)} plus steps of {as_typed(dimension.step)}"
            )
    return value


def enqueue(study: optuna.Study, configurations: Sequence[Mapping[str, Value]]) -> None:
    """Enqueue these configurations, those that the study does not have yet."""
    for values in configurations:
        study.enqueue_trial(dict(values), skip_if_exists=True)


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

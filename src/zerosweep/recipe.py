"""Recipes: dataclasses of hyperparameters with types and ranges, never arrays.

Every configurable component (an optimizer, an initializer, a dataset, ...) is a dataclass that inherits `Recipe`. The
dataclass is the schema of its config group. Hydra checks names and types against it; creating a recipe checks the
ranges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar

from zerosweep.errors import SettingError


class Purpose(Enum):
    """The purpose of a setting, declared in its field's metadata; a recipe has a default for all its fields."""

    NUMBERS = "changes the numbers of a run"
    JUDGES = "says which runs are better, and changes no run"
    KEEPS = "has a run save an optional artifact, and changes no number"
    COMMAND = "is for one command: what it does, and what its runs are called"
    REPORTS = "shapes the report of a sweep"
    PLACE = "says where data or records lie"


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may take: finite, and within the bounds that are not None."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def admits(self, value: float) -> bool:
        """Return whether the value is finite and within the bounds."""
        finite = isinstance(value, int) or math.isfinite(value)  # an integer may be larger than any float
        return finite and self._holds(value)

    def _holds(self, value: float) -> bool:
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    def allowed(self, value: float) -> str:
        """Return in words which numbers are allowed, for an error about a `value` that is not admitted."""
        return f"{self} and finite" if self != Range() and self._holds(value) else str(self)

    def __str__(self) -> str:
        signs = ((">", self.above), (">=", self.at_least), ("<", self.below), ("<=", self.at_most))
        bounds = [f"{sign} {bound:g}" for sign, bound in signs if bound is not None]
        return f"must be {' and '.join(bounds) or 'a finite number'}"


def number(
    default: Any = MISSING,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Any:
    """Return a dataclass field for a number, an optional number or a list of numbers, within a range."""
    allowed = {"range": Range(above, at_least, below, at_most)}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=allowed)
    return field(default=default, metadata=allowed)


def setting(default: Any, purpose: Purpose) -> Any:
    """Return a dataclass field whose purpose differs from its recipe's."""
    return field(default=default, metadata={"purpose": purpose})


def one_of(*choices: str, default: str | None = None) -> Any:
    """Return a dataclass field for one of these words. The first is the default, unless `default` names another."""
    return field(default=default or choices[0], metadata={"choices": choices})


def named_in(registry: Mapping[str, Any], default: str) -> Any:
    """Return a dataclass field for the name of a part in a registry, to which plugins may add parts."""
    return field(default=default, metadata={"choices": registry})


def added_later(setting: Any) -> Any:
    """Mark a dataclass field of a setting that runs were recorded without.

    At its default such a setting is no part of a run's identity, so that the records of before keep answering. Its
    default must do what the program did before there was the setting.
    """
    setting.metadata = {**setting.metadata, "added_later": True}
    return setting


def default_of(setting: Field[Any]) -> Any:
    """Return the default of a dataclass field; `MISSING` where it has none."""
    return setting.default if setting.default_factory is MISSING else setting.default_factory()


def chosen_from(recipe: Recipe) -> list[Any]:
    """Return the parts that a recipe names in fields of `named_in`."""
    found = []
    for setting in fields(recipe):
        choices = setting.metadata.get("choices")
        if isinstance(choices, Mapping):
            found.append(choices[getattr(recipe, setting.name)])
    return found


@dataclass
class Recipe:
    """Base class of every recipe. It refuses values out of range with a `SettingError` that names the field."""

    purpose: ClassVar[Purpose] = Purpose.NUMBERS
    """The purpose of every field that does not declare its own."""

    @classmethod
    def purposes(cls) -> dict[str, Purpose]:
        """Return the purpose of each field, by the field's name."""
        return {setting.name: setting.metadata.get("purpose", cls.purpose) for setting in fields(cls)}

    def of(self, purpose: Purpose) -> dict[str, Any]:
        """Return the values of the fields with this purpose, by the field's name."""
        return {name: getattr(self, name) for name, declared in self.purposes().items() if declared is purpose}

    def identity(self) -> dict[str, Any]:
        """Return the values that change numbers, by the field's name, without later settings at their defaults."""
        values = self.of(Purpose.NUMBERS)
        for setting in fields(self):
            if setting.metadata.get("added_later") and values.get(setting.name) == default_of(setting):
                values.pop(setting.name, None)
        return values

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            allowed = setting.metadata.get("range")
            if allowed is not None and value is not None:
                for element in value if isinstance(value, list) else [value]:
                    if not allowed.admits(element):
                        raise SettingError(setting.name, value, allowed.allowed(element))
            choices = setting.metadata.get("choices")
            if choices is not None and value not in choices:
                raise SettingError(setting.name, value, f"must be one of {', '.join(choices)}", choices)

"""A recipe: hyperparameters with types and ranges, never arrays.

Every configurable part (an optimizer, an init, a dataset, ...) is a dataclass that inherits `Recipe`. The dataclass is
the schema of its config group: Hydra checks names and types against it, and the recipe checks its ranges when it is made.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from zerosweep.errors import SettingError


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may take; a bound that is None does not bind. Never NaN, never infinite."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def admits(self, value: float) -> bool:
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
        """What would do in place of a value that it does not admit."""
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
    """A dataclass field that holds a number, an optional one or a list of them, within a range."""
    allowed = {"range": Range(above, at_least, below, at_most)}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=allowed)
    return field(default=default, metadata=allowed)


def one_of(*choices: str, default: str | None = None) -> Any:
    """A dataclass field that holds one of these words; the first is the default unless another is named."""
    return field(default=default or choices[0], metadata={"choices": choices})


@dataclass
class Recipe:
    """Base of every recipe: refuses values out of range with a `SettingError` that names the field."""

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

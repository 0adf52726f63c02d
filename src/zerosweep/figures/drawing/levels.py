"""The levels of a setting: their order, and how they are written in a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zerosweep.naming import DIGITS, value_text

LONGEST = 24
"""Characters to which the text of a level is shortened."""


def number(level: str) -> float | None:
    """Return the finite number that a level stands for, or None for a word."""
    try:
        value = float(level)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(levels: Sequence[str]) -> list[float]:
    """Return the levels as numbers, or [] unless all of them are."""
    values = [value for value in map(number, levels) if value is not None]
    return values if len(values) == len(levels) else []


def in_order(levels: Sequence[str]) -> list[str]:
    """Return each level once: numbers by size, true before false, words in the order given."""
    distinct = list(dict.fromkeys(levels))
    if numbers(distinct):
        return sorted(distinct, key=float)
    if set(distinct) == {"true", "false"}:
        return ["true", "false"]
    return distinct


def level_labels(levels: Sequence[str]) -> dict[str, str]:
    """Return the text of each level: at most `LONGEST` characters, or as many more as keep all texts different.

    A long number loses digits, a long word its middle. A setting that a run does not have is a dash.
    """
    for length in range(LONGEST, max(map(len, levels), default=0) + LONGEST, 4):
        digits = DIGITS + length - LONGEST
        short = {level: _shortened(level, digits, length) for level in levels}
        if len(set(short.values())) == len(short):
            return short
    return {level: level or "–" for level in levels}


def _shortened(level: str, digits: int, length: int) -> str:
    if number(level) is not None:
        return value_text(level, digits)
    if len(level) > length:
        return f"{level[: length // 2]}…{level[len(level) - (length - length // 2 - 1) :]}"
    return level or "–"

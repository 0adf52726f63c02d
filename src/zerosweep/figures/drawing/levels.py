"""The levels of a setting: their order, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence

LONGEST = 24
"""Characters of a level that are written in a figure."""


def number(level: str) -> float | None:
    """The finite number that a level is, or None for a word."""
    try:
        value = float(level)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(levels: Sequence[str]) -> list[float]:
    """The levels as numbers; [] unless all of them are."""
    values = [value for value in map(number, levels) if value is not None]
    return values if len(values) == len(levels) else []


def in_order(levels: Sequence[str]) -> list[str]:
    """Each level once: numbers by size, true before false, words as they came."""
    distinct = list(dict.fromkeys(levels))
    if numbers(distinct):
        return sorted(distinct, key=float)
    if set(distinct) == {"true", "false"}:
        return ["true", "false"]
    return distinct


def written(levels: Sequence[str]) -> dict[str, str]:
    """Each level as it is written in a figure: at most LONGEST characters, unless more are needed to tell two apart.

    Long numbers lose digits, long words their middle. A setting that a run does not have is a dash.
    """
    for room in range(LONGEST, max(map(len, levels), default=0) + LONGEST, 4):
        digits = 4 + room - LONGEST
        short = {level: _shortened(level, digits, room) for level in levels}
        if len(set(short.values())) == len(short):
            return short
    return {level: level or "–" for level in levels}


def _shortened(level: str, digits: int, room: int) -> str:
    value = number(level)
    if value is not None and len(level) > 8:
        return f"{value:.{digits}g}"
    if len(level) > room:
        return f"{level[: room // 2]}…{level[len(level) - (room - room // 2 - 1) :]}"
    return level or "–"

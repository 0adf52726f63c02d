"""How lines and verdicts look, so that they are told apart by readers of any colour vision, and in every panel alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, ListedColormap, to_hex

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.levels import numbers
from zerosweep.metrics import MINIMIZE

COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#66ccee", "#ccbb44")
"""Paul Tol's "bright" scheme, without its grey."""

Dashes = Literal["-", "--", ":", "-."]

DASHES: tuple[Dashes, ...] = ("-", "--", ":", "-.")

MOST_WORDS = len(COLOURS) * len(DASHES)
"""More words than these cannot be lines."""

MOST_NUMBERS = 12
"""More numbers than these are told by a colour bar instead of a key."""

MARKS = {
    "pruned": "^",
    "failed": "D",
    "diverged": "x",
    "stuck": "_",
    "dying": "v",
    "running": "o",
    "no value": "s",
}
"""Of runs that did not learn, or not to the end; the same in every figure."""

OTHER = "*"
"""The mark of a verdict that is not among them."""

GREY = "#777777"

BEST = "#cc3311"
"""Tol's red: marks the best."""


@dataclass(frozen=True)
class Look:
    """Of a line: its colour, and its dashes in Matplotlib's notation."""

    colour: str
    dashes: Dashes


@dataclass(frozen=True)
class Looks:
    """Of all lines of a figure, by level. bar: the scale of the colour bar that explains them, None where a key does."""

    of: dict[str, Look]
    bar: Scale | None


def shades() -> Colormap:
    """From dark blue to green and yellow, without the yellow that is hard to see on white."""
    return ListedColormap(colormaps["viridis"](np.linspace(0, 0.93, 256)), name="shades")


def shades_for(direction: str) -> Colormap:
    """Return colours that are brighter for better values, or for larger ones where the direction is neither."""
    return shades().reversed() if direction == MINIMIZE else shades()


def looks(levels: Sequence[str]) -> Looks:
    """Two levels are solid and dashed. A few have a colour each, and more words colours and dashes. More numbers have shades,
    by rank where a key names them and by size where a colour bar does."""
    if len(levels) == 2:
        return Looks({level: Look(COLOURS[i], DASHES[i]) for i, level in enumerate(levels)}, None)
    values = numbers(levels)
    if len(levels) <= len(COLOURS) or not values:
        pairs = [(colour, dashes) for dashes in DASHES for colour in COLOURS]
        return Looks({level: Look(*pairs[i % len(pairs)]) for i, level in enumerate(levels)}, None)
    if len(levels) <= MOST_NUMBERS:
        return Looks(dict(zip(levels, _shades(np.linspace(0, 1, len(levels))), strict=True)), None)
    bar = scale(np.array(values), ticks=6, margin=0)
    return Looks(dict(zip(levels, _shades(bar.fraction(np.array(values))), strict=True)), bar)


def _shades(fractions: np.ndarray) -> list[Look]:
    return [Look(to_hex(colour), "-") for colour in shades()(fractions)]

"""Colours, dashes and marks, alike in all figures and distinguishable with any colour vision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, ListedColormap, to_hex

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.levels import numbers
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.metrics import MINIMIZE

COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#66ccee", "#ccbb44")
"""Paul Tol's "bright" scheme, without its grey."""

Dashes = Literal["-", "--", ":", "-."]

DASHES: tuple[Dashes, ...] = ("-", "--", ":", "-.")
"""The dashes of lines, in Matplotlib's notation."""

MOST_WORDS = len(COLOURS) * len(DASHES)
"""The number of words whose lines are all different; of more, some lines are alike."""

MOST_NUMBERS = 12
"""The number of numeric levels that a key explains; a colour bar explains more."""

MARKS = {
    "pruned": "^",
    "infeasible": "P",
    "failed": "D",
    "diverged": "x",
    "slow": "|",
    "stuck": "_",
    "dying": "v",
    "running": "o",
    "no value": "s",
}
"""Marker of a run that did not learn, or not to the end, by its status."""

OTHER = "*"
"""Marker of any other status."""

INKS = ("#111111", "#fefefe")
"""Colours of text and marks on a coloured cell, which stay when a dark page brightens black text."""

GREY = "#777777"
"""The colour of notes."""

BEST = "#cc3311"
"""Tol's red, the colour of what marks the best."""


@dataclass(frozen=True)
class LineStyle:
    """The colour of a line, and its dashes in Matplotlib's notation."""

    colour: str
    dashes: Dashes


@dataclass(frozen=True)
class LineStyles:
    """The styles of all lines of a figure.

    Attributes:
        by_level: The style of each level's line.
        bar: Scale of the colour bar that explains the colours; None where a key does.
    """

    by_level: dict[str, LineStyle]
    bar: Scale | None


def shades() -> Colormap:
    """Return colours from dark blue over green to yellow, without the yellow that is hard to see on white."""
    return ListedColormap(colormaps["viridis"](np.linspace(0, 0.93, 256)), name="shades")


def shades_for(direction: str) -> Colormap:
    """Return colours that are brighter for better values, or for larger ones where the direction is neither."""
    return shades().reversed() if direction == MINIMIZE else shades()


def legible_on(colour: Floats) -> str:
    """Return the bright ink on a dark colour and the dark one on a bright colour.

    Args:
        colour: Red, green and blue in [0, 1], shape (3,).
    """
    return INKS[int(colour @ (0.299, 0.587, 0.114) < 0.5)]


def line_styles(levels: Sequence[str]) -> LineStyles:
    """Return a style for the line of each level, in the order of the levels.

    - Two levels have a solid and a dashed line.
    - Up to six have a colour each.
    - More words have different pairs of colour and dashes.
    - More numbers have shades, by rank where a key names them and by size where a colour bar does.
    """
    if len(levels) == 2:
        return LineStyles({level: LineStyle(COLOURS[i], DASHES[i]) for i, level in enumerate(levels)}, None)
    values = numbers(levels)
    if len(levels) <= len(COLOURS) or not values:
        pairs = [(colour, dashes) for dashes in DASHES for colour in COLOURS]
        return LineStyles({level: LineStyle(*pairs[i % len(pairs)]) for i, level in enumerate(levels)}, None)
    if len(levels) <= MOST_NUMBERS:
        return LineStyles(dict(zip(levels, _shades(np.linspace(0, 1, len(levels))), strict=True)), None)
    bar = scale(np.array(values), ticks=6, margin=0)
    return LineStyles(dict(zip(levels, _shades(bar.fraction(np.array(values))), strict=True)), bar)


def _shades(fractions: np.ndarray) -> list[LineStyle]:
    return [LineStyle(to_hex(colour), "-") for colour in shades()(fractions)]

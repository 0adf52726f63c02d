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
from zerosweep.figures.names import METRIC
from zerosweep.metrics import MINIMIZE

BLUE, ORANGE, GREEN, INDIGO, CYAN, PLUM, OCHRE = (
    "#2178cf", "#e0803f", "#3a5f2f", "#4b1c71", "#40c4e4", "#93507e", "#cdb510"
)  # fmt: skip
"""Colours of lines. Any two stay apart with any colour vision, by 20 or more in CIELAB: a test simulates them."""

COLOURS = (BLUE, ORANGE, GREEN, INDIGO, CYAN, PLUM, OCHRE)
"""The colours of lines, in the order in which they are given to levels."""

OF_OPTIMIZER = {
    "sgd": BLUE,
    "momentum": ORANGE,
    "nesterov": OCHRE,
    "adagrad": GREEN,
    "rmsprop": PLUM,
    "adam": INDIGO,
    "adamw": CYAN,
}
"""The colour of each optimizer, the same in all figures. An optimizer of a plugin gets one that is left."""

OF_SET = {"train": BLUE, "val": ORANGE, "test": GREEN}
"""The colour of each set of examples, the same in all figures."""

OF_VERDICT = {
    "learned": "#0f6fa8",
    "slow": "#d8bd1a",
    "stuck": "#8f8f99",
    "dying": "#e0803f",
    "diverged": "#b5174f",
    "pruned": "#4fa3d9",
    "failed": "#222222",
}
"""The colour of each verdict, the same in all figures."""

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
    "slow": "1",
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


def line_styles(levels: Sequence[str], factor: str = "") -> LineStyles:
    """Return a style for the line of each level, in the order of the levels.

    - Optimizers, and metrics of the sets of examples, have the same colours in all figures.
    - Two levels have a solid and a dashed line.
    - Up to seven have a colour each.
    - More words have different pairs of colour and dashes.
    - More numbers have shades, by rank where a key names them and by size where a colour bar does.
    """
    known = OF_OPTIMIZER if factor == "optimizer" else OF_SET if factor == METRIC else {}
    if known and len(levels) <= len(COLOURS):
        named = {level: known[key] for level in levels if (key := level.partition("/")[0]) in known}
        left = iter([colour for colour in COLOURS if colour not in named.values()])
        return LineStyles({level: LineStyle(named.get(level) or next(left), "-") for level in levels}, None)
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

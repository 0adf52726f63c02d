"""The importance of each setting of a search for its objective."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.levels import number
from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.drawing.words import setting_words
from zerosweep.figures.search.axes import set_axes
from zerosweep.metrics import axis_title

MOST_BARS = 25
"""The most settings that are drawn."""

WIDTH, ROW = 4.2, 0.27
"""Length of the longest bar, and distance from bar to bar, in inches."""


def ordered_importances(known: Mapping[str, float]) -> dict[str, float]:
    """Return the finite importances, the greatest first.

    Args:
        known: The importance of each setting.
    """
    finite = {name: value for name, given in known.items() if (value := number(str(given))) is not None}
    return dict(sorted(finite.items(), key=lambda item: -item[1]))


def draw(ordered: Mapping[str, float], metric: str, title: str) -> Figure:
    """Draw a bar for each setting, with its importance written beside it."""
    shown = dict(list(ordered.items())[:MOST_BARS])
    names = setting_words([*shown])
    values = np.array([*shown.values()], np.float64)
    left, below, height = EDGE + 0.15 + width_of([*names.values()]), 0.48, max(len(shown), 2) * ROW
    left_out = len(ordered) - len(shown)
    notes = [f"{left_out} more settings are not drawn: none of them is more important."] if left_out else []
    sheet = new_sheet(
        (left + WIDTH + 0.65, below + height + 0.1), [(left, below, WIDTH, height)], title, Key([]), notes
    )
    ax = sheet.axes[0]
    rows = np.arange(len(shown))
    along = scale(np.append(values, 0.0), ticks=5, margin=0)
    set_axes(ax, along, scale(np.array([-0.5, len(shown) - 0.5])), numbers=(True, False))
    ax.barh(rows, values, height=0.62, color=COLOURS[0])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_yticks([])
    ax.grid(False, axis="y")
    for row, (name, value) in enumerate(shown.items()):
        middle = below + height * (1 - (row + 0.5) / len(shown))
        sheet.write(left - 0.08, middle, names[name], ha="right", va="center_baseline")
        place = left + WIDTH * float(along.fraction(np.array([max(value, 0.0)]))[0])
        sheet.write(place + 0.06, middle, f"{value:.2f}" if value >= 0.005 else f"{value:.1g}", va="center_baseline")
    sheet.write(left + WIDTH / 2, EDGE, f"importance for {axis_title(metric)}", ha="center", va="bottom")
    return sheet.figure

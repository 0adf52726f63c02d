"""The figure `gradients`: two gradients of the same loss, parameter by parameter (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, titled_runs
from zerosweep.figures.drawing.lettering import LINE, SMALL, height_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY
from zerosweep.figures.drawing.panels import PanelGrid, columns_of, set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, new_sheet

MOST_POINTS = 3000
"""The most parameters that a panel shows."""

SIZE = 3.6
"""The largest width of a panel in inches, with its numbers."""

BESIDE = 0.75
"""Inches left of each panel for the numbers of its axis."""


@dataclass(frozen=True)
class GradientPair:
    """Two gradients of one run.

    Attributes:
        title: The levels of the run.
        backprop: The gradient by backprop, shape (P,).
        numerical: The gradient by finite differences, shape (P,).
        difference: Their largest difference as a fraction of the largest derivative of either.
    """

    title: str
    backprop: Floats
    numerical: Floats
    difference: float


def pairs(runs: Sequence[ComparedRun], factors: Sequence[str]) -> list[GradientPair]:
    """Return both gradients for each combination of levels of which a run saved them."""
    found = []
    for title, run in titled_runs([run for run in runs if run.arrays.keys() >= {"backprop", "numerical"}], factors):
        backprop, numerical = (np.asarray(run.arrays[way], np.float64) for way in ("backprop", "numerical"))
        largest = max(float(np.abs(values).max(initial=0)) for values in (backprop, numerical))
        apart = float(np.abs(backprop - numerical).max(initial=0))
        found.append(GradientPair(title, backprop, numerical, apart / largest if largest else 0.0))
    return found


def drawn_parameters(pair: GradientPair) -> tuple[Floats, Floats]:
    """Return both derivatives of at most `MOST_POINTS` parameters, each of shape (n,).

    Half of them are those with the largest derivatives. The others are evenly spaced in the order of size.
    """
    order = np.argsort(-np.abs(pair.backprop), kind="stable")
    if len(order) > MOST_POINTS:
        half = MOST_POINTS // 2
        order = np.concatenate([order[:half], order[half :: -(-(len(order) - half) // half)]])
    return pair.backprop[order], pair.numerical[order]


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a panel for each combination of levels of which a run saved both gradients.

    A point is a parameter. Its derivative by backprop is on the horizontal axis, the numerical one on the vertical.
    Where both agree the points are on the diagonal.
    """
    found = pairs(runs, factors)
    key = Key(
        [
            (Line2D([], [], color=COLOURS[0], marker="o", linestyle="", markersize=4), "a parameter"),
            (Line2D([], [], color=GREY, linewidth=1), "equal"),
        ]
    )
    n = max(len(found), 1)
    columns = columns_of(n)
    size = min(SIZE, (WIDEST - 0.25) / columns)
    titles = [wrapped(pair.title, size - BESIDE) for pair in found]
    above = 0.1 + max(height_of(titles), SMALL * LINE)
    grid = PanelGrid(n, columns, size, size - BESIDE + above, above, left=0.25)
    boxes = [
        (left + BESIDE - 0.2, bottom, width - BESIDE + 0.2, height) for left, bottom, width, height in grid.boxes()
    ]
    sheet = new_sheet((grid.left + grid.size[0], grid.below + grid.size[1]), boxes, title, key)
    for ax, pair, text in zip(sheet.axes, found, titles, strict=False):
        write_title(ax, text)
        _points(ax, pair)
    if not found:
        sheet.axes[0].text(0.5, 0.5, "no run saved two gradients", ha="center", color=GREY, fontsize=SMALL)
    sheet.write(grid.left + grid.size[0] / 2, EDGE, "derivative of the loss by backprop", ha="center", va="bottom")
    sheet.write(EDGE, grid.below + grid.size[1] / 2, "numerical", rotation=90, va="center")
    return sheet.figure


def _points(ax: Axes, pair: GradientPair) -> None:
    """Draw the points and the diagonal of one panel, with the number of parameters and their largest difference."""
    x, y = drawn_parameters(pair)
    axis = scale(np.concatenate([x, y, np.zeros(1)]), ticks=4, margin=0.08)
    ax.plot([axis.low, axis.high], [axis.low, axis.high], color=GREY, linewidth=1, zorder=1)
    ax.plot(x, y, "o", color=COLOURS[0], markersize=5 if len(x) < 50 else 2, markeredgewidth=0, alpha=0.8)
    ax.set(xlim=(axis.low, axis.high), ylim=(axis.low, axis.high))
    set_ticks(ax, axis, axis)
    note = f"{len(pair.backprop)} parameters; largest difference\n{pair.difference:.1e} of the largest derivative"
    ax.text(0.03, 0.97, note, transform=ax.transAxes, ha="left", va="top", fontsize=SMALL, color=GREY, parse_math=False)

"""Two gradients of the same loss, parameter for parameter (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import Compared
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY
from zerosweep.figures.drawing.panels import PanelGrid, columns_of
from zerosweep.figures.drawing.sheet import EDGE, LINE, SMALL, Key, page, wrapped
from zerosweep.figures.experiment.surfaces import titled

MOST_POINTS = 3000
"""Of a panel: of more parameters only some are drawn: see `thinned`."""

SIZE = 3.6
"""Of a panel, in inches."""

BESIDE = 0.75
"""Inches for the numbers on the left of each panel, whose axes are its own."""


@dataclass(frozen=True)
class Pair:
    """title: the levels of the run. backprop, numerical: (P,). difference: the largest, relative to the largest of either."""

    title: str
    backprop: Floats
    numerical: Floats
    difference: float


def pairs(runs: Sequence[Compared], factors: Sequence[str]) -> list[Pair]:
    """Of every run that keeps both gradients, one for each combination of levels."""
    found = []
    for title, run in titled([run for run in runs if run.arrays.keys() >= {"backprop", "numerical"}], factors):
        backprop, numerical = (np.asarray(run.arrays[way], np.float64) for way in ("backprop", "numerical"))
        largest = max(float(np.abs(values).max(initial=0)) for values in (backprop, numerical))
        apart = float(np.abs(backprop - numerical).max(initial=0))
        found.append(Pair(title, backprop, numerical, apart / largest if largest else 0.0))
    return found


def thinned(pair: Pair) -> tuple[Floats, Floats]:
    """At most `MOST_POINTS` of the parameters: half of them those with the largest gradients, the others evenly."""
    order = np.argsort(-np.abs(pair.backprop), kind="stable")
    if len(order) > MOST_POINTS:
        half = MOST_POINTS // 2
        order = np.concatenate([order[:half], order[half :: -(-(len(order) - half) // half)]])
    return pair.backprop[order], pair.numerical[order]


def draw(runs: Sequence[Compared], factors: Sequence[str], title: str) -> Figure:
    """A panel for every run that keeps both gradients: a point for each parameter, its derivative by backprop along and numerically
    up; where they agree the points are on the diagonal."""
    found = pairs(runs, factors)
    key = Key(
        [
            (Line2D([], [], color=COLOURS[0], marker="o", linestyle="", markersize=4), "a parameter"),
            (Line2D([], [], color=GREY, linewidth=1), "equal"),
        ]
    )
    n = max(len(found), 1)
    columns = columns_of(n)
    titles = [wrapped(pair.title, SIZE - BESIDE) for pair in found]
    above = 0.1 + max((text.count("\n") + 1 for text in titles), default=1) * SMALL * LINE
    grid = PanelGrid(n, columns, SIZE, SIZE - BESIDE + above, above, left=0.25)
    boxes = [
        (left + BESIDE - 0.2, bottom, width - BESIDE + 0.2, height) for left, bottom, width, height in grid.boxes()
    ]
    sheet = page((grid.left + grid.size[0], grid.below + grid.size[1]), boxes, title, key)
    for ax, pair, text in zip(sheet.axes, found, titles, strict=False):
        ax.set_title(text, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
        _points(ax, pair)
    if not found:
        sheet.axes[0].text(0.5, 0.5, "no run keeps two gradients", ha="center", color=GREY, fontsize=SMALL)
    sheet.write(grid.left + grid.size[0] / 2, EDGE, "derivative of the loss by backprop", ha="center")
    sheet.write(EDGE, grid.below + grid.size[1] / 2, "numerical", rotation=90, va="center")
    return sheet.figure


def _points(ax: Axes, pair: Pair) -> None:
    x, y = thinned(pair)
    axis = scale(np.concatenate([x, y, np.zeros(1)]), ticks=4, margin=0.08)
    ax.plot([axis.low, axis.high], [axis.low, axis.high], color=GREY, linewidth=1, zorder=1)
    ax.plot(x, y, "o", color=COLOURS[0], markersize=5 if len(x) < 50 else 2, markeredgewidth=0, alpha=0.8)
    ax.set(xlim=(axis.low, axis.high), ylim=(axis.low, axis.high))
    ax.set_xticks(axis.ticks, axis.labels)
    ax.set_yticks(axis.ticks, axis.labels)
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    told = f"{len(pair.backprop)} parameters; largest difference\n{pair.difference:.1e} of the largest derivative"
    ax.text(0.03, 0.97, told, transform=ax.transAxes, ha="left", va="top", fontsize=SMALL, color=GREY, parse_math=False)

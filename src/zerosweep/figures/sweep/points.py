"""A heat map of runs that are here and there, as of a random search: points on a plane."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.levels import numbers, written
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY, MARKS, OTHER, shades_for
from zerosweep.figures.drawing.sheet import EDGE, SMALL, width_of
from zerosweep.figures.sweep.final_values import FinalValues
from zerosweep.figures.sweep.heat_map import HeatMaps, Map

MOST_NAMES = 20
"""More words than these are not all named along an axis."""


class Points:
    def __init__(self, found: HeatMaps, direction: str):
        self.found = found
        self.shades = shades_for(direction)
        self.x, self.x_places = _axis(found.x_levels)
        self.y, self.y_places = _axis(found.row_levels)
        self.left = EDGE + 0.35 + width_of(self.y.labels)
        self.upright = width_of(self.x.labels) * len(self.x.labels) > 3.6
        self.below = 0.4 + (width_of(self.x.labels) if self.upright else 0.15)
        self.size = (4.6, 3.6) if len(found.maps) <= 2 else (3.2, 2.5)

    def paint(self, ax: Axes, each: Map) -> None:
        for name, axis in (("x", self.x), ("y", self.y)):
            if axis.log:
                getattr(ax, f"set_{name}scale")("log")
                getattr(ax, f"{name}axis").set_minor_locator(NullLocator())
            getattr(ax, f"set_{name}lim")(axis.low, axis.high)
            getattr(ax, f"set_{name}ticks")(axis.ticks, axis.labels, parse_math=False)
        ax.grid(True, color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.tick_params(labelsize=SMALL, length=2, pad=2)
        ax.tick_params(axis="x", labelrotation=90 if self.upright else 0)
        ax.set_xlabel(self.found.x, fontsize=SMALL, labelpad=2, parse_math=False)
        ax.set_ylabel(self.found.rows, fontsize=SMALL, labelpad=2, parse_math=False)
        valued = {self.place(*where): o for where, o in each.cells.items() if len(o.values)}
        if valued:
            means = np.array([o.mean for o in valued.values()])
            x, y = zip(*valued, strict=True)
            ax.scatter(x, y, s=38, c=self.shades(self.found.scale.fraction(means)), linewidths=0, clip_on=False)
        marked: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for where, o in each.cells.items():
            for word in o.troubles:
                marked[word, self.ink(o)].append(self.place(*where))
        for (word, ink), places in marked.items():
            ax.plot(*zip(*places, strict=True), linestyle="", marker=MARKS.get(word, OTHER), color=ink, fillstyle="none",
                    markersize=4.5, clip_on=False)  # fmt: skip
        if each.best:
            ax.plot(*self.place(*each.best), "o", color=BEST, fillstyle="none", markersize=9, markeredgewidth=1.5)

    def place(self, column: int, row: int) -> tuple[float, float]:
        return float(self.x_places[column]), float(self.y_places[row])

    def ink(self, o: FinalValues) -> str:
        """What is legible on the point's colour, or beside all where there is none."""
        if not len(o.values):
            return GREY
        colour = np.array(self.shades(float(self.found.scale.fraction(np.array([o.mean]))[0]))[:3])
        return "white" if colour @ (0.299, 0.587, 0.114) < 0.5 else "black"


def _axis(levels: list[str]) -> tuple[Scale, Floats]:
    """The axis and the place of every level along it: a number is its own, words stand side by side."""
    if numbers(levels):
        values = np.array(numbers(levels))
        return scale(values, ticks=5), values
    places = np.arange(len(levels), dtype=np.float64)
    shown = places[:: -(-len(levels) // MOST_NAMES)]
    names = list(written(levels).values())
    return Scale(-0.5, len(levels) - 0.5, False, shown, [names[int(i)] for i in shown]), places

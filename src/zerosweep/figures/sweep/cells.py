"""A heat map as a table of cells, with its numbers written in where there is room."""

from __future__ import annotations

from collections import defaultdict
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from zerosweep.figures.drawing.levels import numbers, written
from zerosweep.figures.drawing.palette import BEST, MARKS, OTHER, shades_for
from zerosweep.figures.drawing.sheet import EDGE, SMALL, width_of
from zerosweep.figures.sweep.final_values import FinalValues
from zerosweep.figures.sweep.heat_map import HeatMaps, Map

TINY = 7
"""Points of what is written in a cell."""

TEXT_HEIGHT = 0.15
"""Inches of a line of text, with its leading."""

NO_VALUE = 0.88
"""The grey of a cell that was run and has no number; white ones were not run."""


class Cells:
    """room: inches there are for a map with what is written around it."""

    def __init__(self, found: HeatMaps, direction: str, room: tuple[float, float]):
        self.found = found
        self.shades = shades_for(direction)
        self.shape = columns, rows = len(found.x_levels), len(found.row_levels)
        self.names = [list(written(levels).values()) for levels in (found.x_levels, found.row_levels)]
        self.names = [names if of else [""] for names, of in zip(self.names, (found.x, found.rows), strict=True)]
        self.texts = {id(o): self.text(o) for each in found.maps for o in each.cells.values()}
        self.left = EDGE + 0.3 + width_of(self.names[1])
        widest = width_of(list(self.texts.values()), TINY)
        few = max(columns, rows) <= 12
        wide = min(max(widest + 0.1, 0.5) if few else 0.3, max((room[0] - self.left - 0.2) / columns, 0.03))
        self.upright = width_of(self.names[0]) > wide - 0.04
        self.below = 0.35 + (width_of(self.names[0]) if self.upright else TEXT_HEIGHT)
        high = min(0.4 if few else 0.24, max((room[1] - self.below - 0.3) / rows, 0.03))
        self.cell = wide, high
        self.with_text = few and wide >= widest and high >= 0.3
        # cells fill it, unless there are so few that the settings' names are longer
        self.size = max(columns * wide, width_of([found.x]), 1.2), max(rows * high, width_of([found.rows]))

    def text(self, o: FinalValues) -> str:
        """What is written in a cell: its value, or the word for why there is none."""
        if len(o.values) == 0:
            return o.trouble
        return f"{o.mean:.3f}" if self.found.share else f"{o.mean:.3g}"

    def paint(self, ax: Axes, each: Map) -> None:
        columns, rows = self.shape
        image = np.ones((rows, columns, 3))
        for (column, row), o in each.cells.items():
            image[row, column] = self.colour(o)
        ax.imshow(image, interpolation="nearest", aspect="auto", origin="lower")
        ax.set_xlim(-0.5, self.size[0] / self.cell[0] - 0.5)
        bottom, top = -0.5, self.size[1] / self.cell[1] - 0.5
        if not numbers(self.found.row_levels):  # words are read from above
            bottom, top = rows - 1 - bottom, rows - 1 - top
        ax.set_ylim(bottom, top)
        self._lines(ax)
        self._marks(ax, each)
        if self.with_text:
            for (column, row), o in each.cells.items():
                alone = not o.troubles or not len(o.values)  # else there are marks below it
                at = "center_baseline" if alone else "bottom"
                text = self.texts[id(o)]
                ax.text(column, row, text, color=self.ink(o), ha="center", va=at, fontsize=TINY, parse_math=False)
        if each.best:
            corner = each.best[0] - 0.5, each.best[1] - 0.5
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=BEST, linewidth=2.2, clip_on=False, zorder=5))
        self._axes(ax)

    def _axes(self, ax: Axes) -> None:
        """The settings and their levels; where levels would overlap, some are left out."""
        ax.set_xlabel(self.found.x, fontsize=SMALL, labelpad=2, parse_math=False)
        ax.set_ylabel(self.found.rows, fontsize=SMALL, labelpad=2, parse_math=False)
        for axis, names, cell in zip((ax.xaxis, ax.yaxis), self.names, self.cell, strict=True):
            stacked = self.upright or axis is ax.yaxis
            shown = range(0, len(names), ceil(TEXT_HEIGHT / cell) if stacked else 1)
            axis.set_ticks(list(shown), [names[i] for i in shown], parse_math=False)
        ax.tick_params(labelsize=SMALL, length=0, pad=3)
        ax.tick_params(axis="x", labelrotation=90 if self.upright else 0)
        ax.spines[:].set_visible(False)

    def colour(self, o: FinalValues) -> NDArray[np.float64]:
        """(3,): red, green and blue."""
        if not len(o.values):
            return np.full(3, NO_VALUE)
        return np.array(self.shades(float(self.found.scale.fraction(np.array([o.mean]))[0]))[:3])

    def ink(self, o: FinalValues) -> str:
        """What is legible on the cell's colour."""
        return "white" if self.colour(o) @ (0.299, 0.587, 0.114) < 0.5 else "black"

    def _lines(self, ax: Axes) -> None:
        """Between the cells."""
        columns, rows = self.shape
        if min(self.cell) < 0.1:
            return
        upright = [[(x - 0.5, -0.5), (x - 0.5, rows - 0.5)] for x in range(1, columns)]
        level = [[(-0.5, y - 0.5), (columns - 0.5, y - 0.5)] for y in range(1, rows)]
        ax.add_collection(LineCollection([*upright, *level], colors="white", linewidths=1), autolim=False)

    def _marks(self, ax: Axes, each: Map) -> None:
        """Of the troubles of every cell, below its number."""
        places: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        down = 0.25 if numbers(self.found.row_levels) else -0.25
        for (column, row), o in each.cells.items():
            if self.with_text and not len(o.values):
                continue  # its word is written
            for i, word in enumerate(o.troubles):
                across = column + (i - (len(o.troubles) - 1) / 2) * 0.3
                places[word, self.ink(o)].append((across, row - down if self.with_text else row))
        size = min(5.0, 72 * 0.6 * min(self.cell))
        for (word, ink), where in places.items():
            x, y = zip(*where, strict=True)
            ax.plot(x, y, linestyle="", marker=MARKS.get(word, OTHER), color=ink,
                    fillstyle="none", markersize=size)  # fmt: skip

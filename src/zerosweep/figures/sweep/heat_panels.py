"""The panels of a heat map: a table of cells for a grid of runs, points on a plane for scattered ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.lettering import SMALL, width_of
from zerosweep.figures.drawing.levels import numbers
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY, MARKS, OTHER, legible_on, shades_for
from zerosweep.figures.drawing.sheet import EDGE
from zerosweep.figures.drawing.words import level_names, setting_words
from zerosweep.figures.sweep.final_values import FinalValues

TEXT_HEIGHT = 0.15
"""Height of a line of text with its leading, in inches."""

NO_VALUE = 0.88
"""Grey level of a cell whose runs have no number. A cell without runs is white."""

MOST_LABELS = 20
"""The most words that label an axis of points: of more, some are left out."""


@dataclass(frozen=True)
class HeatMap:
    """One map of final values.

    Attributes:
        title: The levels that all its runs have in common.
        cells: Final values by column and row, the indices of the levels of x and of the rows. A cell without runs is
            absent.
        best: Column and row of the best cell; None where no cell has a sound value.
    """

    title: str
    cells: Mapping[tuple[int, int], FinalValues]
    best: tuple[int, int] | None


@dataclass(frozen=True)
class HeatMaps:
    """The maps of a figure, with shared axes and colours.

    Attributes:
        maps: At most `MOST_MAPS`, those with the best values, in the order of their levels.
        left_out: Number of maps that are not drawn.
        x: The factor along the columns, "" where there is none.
        rows: The factor along the rows, "" where there is none.
        x_levels: All levels of `x`, in order.
        row_levels: All levels of `rows`, in order.
        scale: Scale of the colours.
        unit_range: Whether the values are fractions on a scale from 0 to 1.
        is_scattered: Whether the runs are scattered instead of on a grid.
    """

    maps: list[HeatMap]
    left_out: int
    x: str
    rows: str
    x_levels: list[str]
    row_levels: list[str]
    scale: Scale
    unit_range: bool
    is_scattered: bool


class HeatPanels(Protocol):
    """The drawing of all maps of a figure.

    Attributes:
        size: Width and height of a map's axes, in inches.
        left: Space left of the axes, in inches.
        below: Space below the axes, in inches.
    """

    size: tuple[float, float]
    left: float
    below: float

    def paint(self, ax: Axes, heat_map: HeatMap) -> None:
        """Draw one map."""


class Cells:
    """A map as a table of cells, with the numbers written in where they fit."""

    def __init__(self, found: HeatMaps, direction: str, space: tuple[float, float]):
        """Compute the size of a cell. space: width and height for a map with its labels, in inches."""
        self.found = found
        self.shades = shades_for(direction)
        self.shape = columns, rows = len(found.x_levels), len(found.row_levels)
        axes = (found.x, found.x_levels), (found.rows, found.row_levels)
        labels = [list(level_names(factor, levels).values()) for factor, levels in axes]
        self.labels = [texts if factor else [""] for texts, factor in zip(labels, (found.x, found.rows), strict=True)]
        self.texts = {id(cell): self.text(cell) for each in found.maps for cell in each.cells.values()}
        self.left = EDGE + 0.3 + width_of(self.labels[1])
        widest = width_of(list(self.texts.values()), SMALL)
        few = max(columns, rows) <= 12
        wide = min(max(widest + 0.1, 0.5) if few else 0.3, max((space[0] - self.left - 0.2) / columns, 0.03))
        self.upright = width_of(self.labels[0]) > wide - 0.04
        self.below = 0.35 + (width_of(self.labels[0]) if self.upright else TEXT_HEIGHT)
        high = min(0.4 if few else 0.24, max((space[1] - self.below - 0.3) / rows, 0.03))
        self.cell = wide, high
        self.with_text = few and wide >= widest and high >= 0.3
        # the axes are larger than the cells where the names of the settings are longer
        self.size = (
            max(columns * wide, width_of([*setting_words([found.x]).values()]), 1.2),
            max(rows * high, width_of([*setting_words([found.rows]).values()])),
        )

    def text(self, cell: FinalValues) -> str:
        """Return the text of a cell: its mean, or the status of its runs where there is none."""
        if not cell.has_mean:
            return cell.main_trouble
        return f"{cell.mean:.3f}" if self.found.unit_range else f"{cell.mean:.3g}"

    def paint(self, ax: Axes, heat_map: HeatMap) -> None:
        """Draw one map."""
        columns, rows = self.shape
        image = np.ones((rows, columns, 3))
        for (column, row), cell in heat_map.cells.items():
            image[row, column] = self.colour(cell)
        ax.imshow(image, interpolation="nearest", aspect="auto", origin="lower")
        ax.set_xlim(-0.5, self.size[0] / self.cell[0] - 0.5)
        bottom, top = -0.5, self.size[1] / self.cell[1] - 0.5
        if not numbers(self.found.row_levels):  # words are read from the top
            bottom, top = rows - 1 - bottom, rows - 1 - top
        ax.set_ylim(bottom, top)
        self._grid_lines(ax)
        self._marks(ax, heat_map)
        if self.with_text:
            for (column, row), cell in heat_map.cells.items():
                unmarked = not cell.troubles or not cell.has_mean  # else marks are below the text
                at = "center_baseline" if unmarked else "bottom"
                text = self.texts[id(cell)]
                ax.text(column, row, text, color=self.ink(cell), ha="center", va=at, fontsize=SMALL, parse_math=False)
        if heat_map.best:
            corner = heat_map.best[0] - 0.5, heat_map.best[1] - 0.5
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=BEST, linewidth=2.2, clip_on=False, zorder=5))
        self._axes(ax)

    def _axes(self, ax: Axes) -> None:
        """Write the settings and their levels. Where levels would overlap, some are left out."""
        _name_axes(ax, self.found)
        for axis, labels, cell in zip((ax.xaxis, ax.yaxis), self.labels, self.cell, strict=True):
            stacked = self.upright or axis is ax.yaxis
            shown = range(0, len(labels), ceil(TEXT_HEIGHT / cell) if stacked else 1)
            axis.set_ticks(list(shown), [labels[i] for i in shown], parse_math=False)
        ax.tick_params(labelsize=SMALL, length=0, pad=3)
        ax.tick_params(axis="x", labelrotation=90 if self.upright else 0)
        ax.spines[:].set_visible(False)

    def colour(self, cell: FinalValues) -> Floats:
        """Return red, green and blue of a cell, shape (3,)."""
        if not cell.has_mean:
            return np.full(3, NO_VALUE)
        return np.array(self.shades(float(self.found.scale.fraction(np.array([cell.mean]))[0]))[:3])

    def ink(self, cell: FinalValues) -> str:
        """Return the colour of text that is legible on the cell."""
        return legible_on(self.colour(cell))

    def _grid_lines(self, ax: Axes) -> None:
        """Draw white lines between the cells, unless these are too small."""
        columns, rows = self.shape
        if min(self.cell) < 0.1:
            return
        upright = [[(x - 0.5, -0.5), (x - 0.5, rows - 0.5)] for x in range(1, columns)]
        level = [[(-0.5, y - 0.5), (columns - 0.5, y - 0.5)] for y in range(1, rows)]
        ax.add_collection(LineCollection([*upright, *level], colors="white", linewidths=1), autolim=False)

    def _marks(self, ax: Axes, heat_map: HeatMap) -> None:
        """Draw a mark for each trouble of each cell, below the cell's number."""
        places: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        down = 0.25 if numbers(self.found.row_levels) else -0.25
        for (column, row), cell in heat_map.cells.items():
            if self.with_text and not cell.has_mean:
                continue  # the cell's text says it
            for i, status in enumerate(cell.troubles):
                across = column + (i - (len(cell.troubles) - 1) / 2) * 0.3
                places[status, self.ink(cell)].append((across, row - down if self.with_text else row))
        size = min(5.0, 72 * 0.6 * min(self.cell))
        for (status, ink), where in places.items():
            x, y = zip(*where, strict=True)
            ax.plot(x, y, linestyle="", marker=MARKS.get(status, OTHER), color=ink,
                    fillstyle="none", markersize=size)  # fmt: skip


class Points:
    """A map as coloured points on a plane, for scattered runs."""

    def __init__(self, found: HeatMaps, direction: str):
        """Compute both axes, and the space for their labels."""
        self.found = found
        self.shades = shades_for(direction)
        self.x, self.x_places = _axis(found.x, found.x_levels)
        self.y, self.y_places = _axis(found.rows, found.row_levels)
        self.left = EDGE + 0.35 + width_of(self.y.labels)
        self.upright = width_of(self.x.labels) * len(self.x.labels) > 3.6
        self.below = 0.4 + (width_of(self.x.labels) if self.upright else 0.15)
        self.size = (4.6, 3.6) if len(found.maps) <= 2 else (3.2, 2.5)

    def paint(self, ax: Axes, heat_map: HeatMap) -> None:
        """Draw one map."""
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
        _name_axes(ax, self.found)
        valued = {self.place(*where): cell for where, cell in heat_map.cells.items() if cell.has_mean}
        if valued:
            means = np.array([cell.mean for cell in valued.values()])
            x, y = zip(*valued, strict=True)
            ax.scatter(x, y, s=38, c=self.shades(self.found.scale.fraction(means)), linewidths=0, clip_on=False)
        marked: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for where, cell in heat_map.cells.items():
            for status in cell.troubles:
                marked[status, self.ink(cell)].append(self.place(*where))
        for (status, ink), places in marked.items():
            ax.plot(*zip(*places, strict=True), linestyle="", marker=MARKS.get(status, OTHER), color=ink,
                    fillstyle="none", markersize=4.5, clip_on=False)  # fmt: skip
        if heat_map.best:
            ax.plot(*self.place(*heat_map.best), "o", color=BEST, fillstyle="none", markersize=9, markeredgewidth=1.5)

    def place(self, column: int, row: int) -> tuple[float, float]:
        """Return the coordinates of a column and a row."""
        return float(self.x_places[column]), float(self.y_places[row])

    def ink(self, cell: FinalValues) -> str:
        """Return the colour of a mark that is legible on the point, or beside all points where there is none."""
        if not cell.has_mean:
            return GREY
        return legible_on(np.array(self.shades(float(self.found.scale.fraction(np.array([cell.mean]))[0]))[:3]))


def _name_axes(ax: Axes, found: HeatMaps) -> None:
    """Write the names of the settings at both axes."""
    names = setting_words([name for name in (found.x, found.rows) if name])
    ax.set_xlabel(names.get(found.x, ""), fontsize=SMALL, labelpad=2, parse_math=False)
    ax.set_ylabel(names.get(found.rows, ""), fontsize=SMALL, labelpad=2, parse_math=False)


def _axis(factor: str, levels: list[str]) -> tuple[Scale, Floats]:
    """Return an axis and the place of each level along it: that of a number is its value, words are equally spaced."""
    if numbers(levels):
        values = np.array(numbers(levels))
        return scale(values, ticks=5), values
    places = np.arange(len(levels), dtype=np.float64)
    shown = places[:: -(-len(levels) // MOST_LABELS)]
    labels = list(level_names(factor, levels).values())
    return Scale(-0.5, len(levels) - 0.5, False, shown, [labels[int(i)] for i in shown]), places

"""The figure `landscapes`: the paths of several optimizers on one surface, and the height they reach (experiment E4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, finite_curve
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import line_styles
from zerosweep.figures.drawing.panels import set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, new_sheet
from zerosweep.figures.drawing.surfaces import heights
from zerosweep.naming import level_title

SURFACE, OPTIMIZER = "task.function", "optimizer"
"""The factors of the columns and of the lines."""

WIDTH, HIGH, LOW = 2.9, 2.6, 1.6
"""Inches: the width of a column, and the heights of the panels above and below."""

LOWEST = 1e-6
"""Heights below this are drawn at it: the logarithm of zero has no place."""

LEVELS = 7
"""The number of contours."""


@dataclass(frozen=True)
class Descent:
    """One optimizer on one surface.

    Attributes:
        path: The finite points, the start first, shape (T, 2).
        steps: The steps at which the height was recorded, shape (n,).
        height: The value of the surface at each of them, at least `LOWEST`, shape (n,).
    """

    path: Floats
    steps: Floats
    height: Floats


@dataclass(frozen=True)
class Landscape:
    """One surface with all paths on it.

    Attributes:
        coefficients: Those of the surface, as `heights` takes them.
        minima: The lowest points, shape (k, 2).
        descents: What each optimizer did.
    """

    coefficients: Floats
    minima: Floats
    descents: Mapping[str, Descent]

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lower left and the upper right corner of what is shown: all points but the farthest few."""
        points = np.concatenate([each.path for each in self.descents.values()])
        low, high = np.quantile(points, [0.002, 0.998], axis=0)
        starts = np.array([each.path[0] for each in self.descents.values()])
        corners = np.vstack([[low], [high], self.minima, starts])
        low, high = corners.min(axis=0), corners.max(axis=0)
        space = 0.12 * np.maximum(high - low, 0.5 * (high - low).max())
        return low - space, high + space


def landscapes(runs: Sequence[ComparedRun]) -> dict[str, Landscape]:
    """Return each surface on which a run saved its path, by its name."""
    found: dict[str, Landscape] = {}
    for (surface, optimizer), (run, *_) in by_levels(runs, [SURFACE, OPTIMIZER]).items():
        if not {"path", "coefficients", "minima"} <= run.arrays.keys():
            continue
        coefficients, minima, path = (
            np.asarray(run.arrays[name], np.float64) for name in ("coefficients", "minima", "path")
        )
        steps, height = finite_curve(run)
        path = path[np.isfinite(path).all(axis=1)]
        if surface not in found:
            found[surface] = Landscape(coefficients, minima, {})
        descents = {**found[surface].descents, optimizer: Descent(path, steps, np.maximum(height, LOWEST))}
        found[surface] = Landscape(coefficients, minima, descents)
    return found


@np.errstate(all="ignore")
def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a column for each surface: the paths on its contours above, and the height against the step below."""
    found = landscapes(runs)
    n = max(len(found), 1)
    styles = line_styles(
        list(dict.fromkeys(name for each in found.values() for name in each.descents)), OPTIMIZER
    ).by_level
    heights_seen = [descent.height for each in found.values() for descent in each.descents.values()]
    ys = scale(np.concatenate([np.array([LOWEST, 1.0]), *heights_seen]), ticks=4)
    left, between = 0.35 + width_of(ys.labels), 0.62
    step = min(WIDTH, (WIDEST - left) / n)
    across = step - 0.35
    boxes = [(left + i * step, 0.5 + LOW + between, across, HIGH) for i in range(n)]
    boxes += [(left + i * step, 0.5, across, LOW) for i in range(n)]
    entries = [
        (Line2D([], [], color=style.colour, linewidth=1.6), level_title(OPTIMIZER, name))
        for name, style in styles.items()
    ]
    marks = [(Line2D([], [], color="black", marker=sign, linestyle="", markersize=7), text)
             for sign, text in (("s", "start"), ("+", "lowest points"))]  # fmt: skip
    sheet = new_sheet((left + n * step, 0.5 + LOW + between + HIGH + 0.25), boxes, title, Key([*entries, *marks]))
    for i, (name, landscape) in enumerate(found.items()):
        above, below = sheet.axes[i], sheet.axes[n + i]
        write_title(above, name)
        (x_low, y_low), (x_high, y_high) = landscape.bounds()
        above.set(xlim=(x_low, x_high), ylim=(y_low, y_high))
        x0, x1 = np.linspace(x_low, x_high, 151), np.linspace(y_low, y_high, 151)
        height = heights(landscape.coefficients, x0, x1)
        levels = np.geomspace(max(float(height.max()) / 1e4, 1e-9), float(height.max()), LEVELS)
        above.contour(x0, x1, height, levels=levels, colors="#bbbbbb", linewidths=0.7)
        last = max(float(each.steps[-1]) for each in landscape.descents.values() if len(each.steps))
        for optimizer, each in landscape.descents.items():
            colour = styles[optimizer].colour
            above.plot(*each.path.T, color=colour, linewidth=1.1)
            above.plot(*each.path[-1], "o", color=colour, markersize=6, zorder=4)
            below.plot(each.steps, each.height, color=colour, linewidth=1.2)
        above.plot(*next(iter(landscape.descents.values())).path[0], "s", color="black", markersize=5)
        above.plot(*landscape.minima.T, "+", color="black", markersize=10, zorder=5)
        set_ticks(above, scale(x0, ticks=4, margin=0), scale(x1, ticks=4, margin=0))
        below.set_yscale("log")
        below.yaxis.set_minor_locator(NullLocator())
        below.set(xlim=(0, last), ylim=(ys.low, ys.high))
        set_ticks(below, scale(np.array([0.0, last]), ticks=4, margin=0), ys, first=i == 0)
        below.grid(True, color="#dddddd", linewidth=0.6)
        sheet.write(left + i * step + across / 2, EDGE, "step", ha="center", va="bottom")
        sheet.write(left + i * step + across / 2, 0.5 + LOW + 0.2, "x₀", ha="center")
    sheet.write(EDGE, 0.5 + LOW + between + HIGH / 2, "x₁", rotation=90, va="center")
    sheet.write(EDGE, 0.5 + LOW / 2, "height of the surface", rotation=90, va="center")
    return sheet.figure

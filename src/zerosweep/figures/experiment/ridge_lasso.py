"""The figure `ridge_lasso`: the path of the minimum as an L2 or an L1 penalty grows (experiment E5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY
from zerosweep.figures.drawing.panels import set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.drawing.surfaces import heights

PENALTIES = {"task.l2": "L2 (ridge): a round ball", "task.l1": "L1 (lasso): a ball with corners"}
"""The title of each panel, by the setting of the penalty."""

SIZE, BETWEEN = 3.6, 0.7
"""Inches: the side of a panel, and the space between the two."""

LOW, HIGH = -1.0, 2.6
"""The range of both weights that is shown."""


@dataclass(frozen=True)
class PenaltyPath:
    """Where gradient descent ends for each strength of one penalty.

    Attributes:
        strengths: λ, from 0 on, shape (n,).
        ends: The last point for each, shape (n, 2).
        coefficients: Those of the surface, as `heights` takes them.
    """

    strengths: Floats
    ends: Floats
    coefficients: Floats


def penalty_path(runs: Sequence[ComparedRun], setting: str) -> PenaltyPath | None:
    """Return the ends of the runs whose only penalty is this setting, in order of its strength; None without any."""
    (other,) = PENALTIES.keys() - {setting}
    found = []
    for run in runs:
        if {"path", "coefficients"} <= run.arrays.keys() and float(run.level(other) or 0) == 0:
            path = np.asarray(run.arrays["path"], np.float64)
            found.append((float(run.level(setting) or 0), path[-1], np.asarray(run.arrays["coefficients"], np.float64)))
    if not found:
        return None
    found.sort(key=lambda item: item[0])
    return PenaltyPath(np.array([item[0] for item in found]), np.array([item[1] for item in found]), found[0][2])


def ball(setting: str, point: Floats) -> tuple[Floats, Floats]:
    """Return the outline of the ball of a penalty that goes through a point, as two arrays of shape (n,)."""
    angles = np.linspace(0, 2 * np.pi, 361)
    x0, x1 = np.cos(angles), np.sin(angles)
    size = np.hypot(x0, x1) if setting == "task.l2" else np.abs(x0) + np.abs(x1)
    radius = np.hypot(*point) if setting == "task.l2" else np.abs(point).sum()
    return radius * x0 / size, radius * x1 / size


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw, for each penalty, the contours of the loss, the minimum's path, and the ball through one of its points."""
    axis = scale(np.array([LOW, HIGH]), ticks=4, margin=0)
    left = 0.35 + width_of(axis.labels)
    boxes = [(left + i * (SIZE + BETWEEN), 0.5, SIZE, SIZE) for i in range(2)]
    entries = [
        (Line2D([], [], color=COLOURS[0], marker="o", markersize=4), "minimum with the penalty, for growing λ"),
        (Line2D([], [], color=GREY, linewidth=1.4), "ball of the penalty through one of them"),
        (Line2D([], [], color="black", marker="+", linestyle="", markersize=9), "minimum of the loss"),
    ]
    sheet = new_sheet((left + 2 * SIZE + BETWEEN + 0.1, 0.5 + SIZE + 0.25), boxes, title, Key(entries))
    grid = np.linspace(LOW, HIGH, 151)
    for ax, (setting, text), box in zip(sheet.axes, PENALTIES.items(), boxes, strict=True):
        write_title(ax, text)
        ax.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH))
        set_ticks(ax, axis, axis)
        ax.axhline(0, color="#bbbbbb", linewidth=0.8)
        ax.axvline(0, color="#bbbbbb", linewidth=0.8)
        sheet.write(box[0] + SIZE / 2, EDGE, "x₀", ha="center", va="bottom")
        found = penalty_path(runs, setting)
        if found is None:
            continue
        through = found.ends[int(np.argmin(np.abs(np.hypot(*found.ends.T) - 1.0)))]
        height = heights(found.coefficients, grid, grid)
        at = float(heights(found.coefficients, through[:1], through[1:])[0, 0])
        levels = np.unique(np.append(np.geomspace(0.02, float(height.max()), 9), at))
        ax.contour(grid, grid, height, levels=levels, colors="#cccccc", linewidths=0.7)
        ax.plot(*ball(setting, through), color=GREY, linewidth=1.4)
        ax.plot(*found.ends.T, color=COLOURS[0], marker="o", markersize=4, linewidth=1.2)
        ax.plot(*found.ends[0], "+", color="black", markersize=11, zorder=4)
    sheet.write(EDGE, 0.5 + SIZE / 2, "x₁", rotation=90, va="center")
    return sheet.figure

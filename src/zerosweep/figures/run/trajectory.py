"""The figures `trajectory` of a run and `trajectories` of a comparison: paths on a surface (experiments E3 and E4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.compared import ComparedRun, levels_of, titled_runs
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BLUE, GREY, OF_OPTIMIZER
from zerosweep.figures.drawing.sheet import Key
from zerosweep.figures.drawing.surfaces import SurfaceSheet, annotate

FAR = 2.0
"""A point of a comparison is outside the picture where it is farther from the minimum than the start by this factor."""

FAR_ALONE = 10.0
"""The path of a single run is followed until it is farther from the minimum than its start by this factor."""


END = "#222222"
"""Colour of the end of a path."""


@dataclass(frozen=True)
class SurfacePath:
    """The drawn path of one run.

    Attributes:
        title: The levels of the run.
        path: The points up to the first that is too far, shape (T, 2); T is 0 for a run without any.
        coefficients: Those of the surface, as `heights` takes them.
        minima: The lowest points of the surface, shape (k, 2).
        ending: How the path ends, as text.
        inside: Number of points that the panel must show; a last one beyond only gives the direction.
    """

    title: str
    path: Floats
    coefficients: Floats
    minima: Floats
    ending: str
    inside: int


def surface_paths(runs: Sequence[ComparedRun], factors: Sequence[str], alone: bool = False) -> list[SurfacePath]:
    """Return the path of a run for each combination of levels: on a surface repeats are equal.

    Args:
        runs: The runs.
        factors: The settings that varied.
        alone: Whether there is a single run, whose path is followed farther and shown to its last point.
    """
    return [_surface_path(title, run, alone) for title, run in titled_runs(runs, factors)]


@np.errstate(all="ignore")
def _surface_path(title: str, run: ComparedRun, alone: bool) -> SurfacePath:
    if not {"path", "coefficients"} <= run.arrays.keys():
        return SurfacePath(title, np.empty((0, 2)), np.ones(2), np.zeros((1, 2)), run.status, 0)
    points = np.asarray(run.arrays["path"], np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    coefficients = np.asarray(run.arrays["coefficients"], np.float64)
    minima = np.asarray(run.arrays.get("minima", np.zeros((1, 2))), np.float64)
    if not len(points):
        return SurfacePath(title, points, coefficients, minima, run.status, 0)
    distance = np.hypot(*points.T)
    beyond = np.flatnonzero(~(distance <= (FAR_ALONE if alone else FAR) * max(distance[0], 1e-9)))
    if not len(beyond):
        steps = "1 step" if len(points) == 2 else f"{len(points) - 1} steps"
        ending = f"after {steps} at ({points[-1][0]:.2g}, {points[-1][1]:.2g})"
        return SurfacePath(title, points, coefficients, minima, ending, len(points))
    out = int(beyond[0])
    diverged = "; diverged" if run.verdict == "diverged" else ""
    if alone:
        return SurfacePath(title, points[: out + 1], coefficients, minima, f"shown up to step {out}{diverged}", out + 1)
    before, step = points[out - 1], points[out] - points[out - 1]
    near = before + step * min(1.0, 4 * FAR * distance[0] / np.hypot(*step))  # a longer line overflows
    ending = f"leaves the picture with step {out}{diverged}"
    return SurfacePath(title, np.vstack([points[:out], near]), coefficients, minima, ending, out)


def extent(found: Sequence[SurfacePath]) -> tuple[float, float]:
    """Return half the width and half the height of the panels, both positive: every point inside, and 5 % more."""
    inside = [each.path[: each.inside] for each in found]
    wide, high = np.abs(np.concatenate([np.zeros((1, 2)), *inside])).max(axis=0) * 1.05
    if not max(wide, high) > 1e-100:  # smaller heights would underflow
        return 1.0, 1.0
    return max(float(wide), 0.1 * float(high)), max(float(high), 0.1 * float(wide))


@np.errstate(all="ignore")
def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a panel for each combination of levels.

    It shows contours at equal ratios of height, the path in order, its start (square), its end (dot) and the minimum
    (cross).
    """
    alone = len(runs) == 1
    found = surface_paths(runs, factors, alone)
    colours = [OF_OPTIMIZER.get(run.level("optimizer"), BLUE) for _, run in titled_runs(runs, factors)]
    line = colours[0] if len({*colours}) == 1 else GREY
    key = Key(
        [
            (Line2D([], [], color=line, marker=".", linewidth=1.2), "path, step by step"),
            (Line2D([], [], color=line, marker="s", linestyle="", markersize=6), "start"),
            (Line2D([], [], color=END, marker="o", linestyle="", markersize=5), "last point shown" if alone else "end"),
            (Line2D([], [], color="black", marker="+", linestyle="", markersize=9), "minimum"),
        ]
    )
    aligned = len(levels_of(runs, factors[-1])) if len(factors) > 1 else 1
    surfaces = SurfaceSheet([each.title for each in found], *extent(found), title, key, aligned=aligned)
    for ax, each, colour in zip(surfaces.sheet.axes, found, colours, strict=False):
        if len(each.path):
            surfaces.contours(ax, each.coefficients)
            ax.plot(*each.path.T, color=colour, marker=".", markersize=5, linewidth=1.2)
            ax.plot(*each.path[0], "s", color=colour, markersize=7)
            ax.plot(*each.path[-1], "o", color=END, markersize=5)
            ax.plot(*each.minima.T, "+", color="black", markersize=11)
        annotate(ax, each.ending)
    return surfaces.sheet.figure

"""Paths on the contours of a surface, a panel each (experiments E3 and E4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.compared import Compared, levels_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.sheet import Key
from zerosweep.figures.experiment.surfaces import SurfaceSheet, remark, titled

FAR = 2.0
"""Times the distance of the start from the minimum: a point beyond is out of the picture."""


@dataclass(frozen=True)
class Walk:
    """title: the levels of the run. path: (T, 2), its points up to the first that is out of the picture, that one brought nearer
    on the way to it; T is 0 for a run without any. coefficients: (2,), of the surface. told: what became of it."""

    title: str
    path: Floats
    coefficients: Floats
    told: str


def walks(runs: Sequence[Compared], factors: Sequence[str]) -> list[Walk]:
    """One for every combination of levels."""
    return [_walk(title, run) for title, run in titled(runs, factors)]


@np.errstate(all="ignore")
def _walk(title: str, run: Compared) -> Walk:
    if not {"path", "coefficients"} <= run.arrays.keys():
        return Walk(title, np.empty((0, 2)), np.ones(2), run.word)
    points = np.asarray(run.arrays["path"], np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    coefficients = np.asarray(run.arrays["coefficients"], np.float64)
    distance = np.hypot(*points.T)
    beyond = np.flatnonzero(~(distance <= FAR * max(distance[0], 1e-9)))
    if not len(beyond):
        return Walk(title, points, coefficients, f"after {len(points) - 1} steps at {_place(points[-1])}")
    out = int(beyond[0])
    before, step = points[out - 1], points[out] - points[out - 1]
    near = before + step * min(1.0, 4 * FAR * distance[0] / np.hypot(*step))
    told = f"leaves the picture with step {out}" + ("; diverged" if run.verdict == "diverged" else "")
    return Walk(title, np.vstack([points[:out], near]), coefficients, told)


def _place(point: Floats) -> str:
    return f"({point[0]:.2g}, {point[1]:.2g})"


def window(found: Sequence[Walk]) -> tuple[float, float]:
    """What the panels must span along either axis: every point that is in the picture, and 5 % more. Positive."""
    inside = [walk.path if walk.told.startswith("after") else walk.path[:-1] for walk in found if len(walk.path)]
    wide, high = np.abs(np.concatenate([np.zeros((1, 2)), *inside])).max(axis=0) * 1.05
    if not max(wide, high) > 0:
        return 1.0, 1.0
    return max(float(wide), 0.1 * float(high)), max(float(high), 0.1 * float(wide))


def draw(runs: Sequence[Compared], factors: Sequence[str], title: str) -> Figure:
    """A panel for every combination of levels: contours at equal ratios of height, the path in order, its start (square), its
    end (dot) and the minimum (cross)."""
    found = walks(runs, factors)
    line, end = COLOURS[0], COLOURS[1]
    key = Key(
        [
            (Line2D([], [], color=line, marker=".", linewidth=1.2), "path, step by step"),
            (Line2D([], [], color=line, marker="s", linestyle="", markersize=6), "start"),
            (Line2D([], [], color=end, marker="o", linestyle="", markersize=6), "end"),
            (Line2D([], [], color="black", marker="+", linestyle="", markersize=9), "minimum"),
        ]
    )
    aligned = len(levels_of(runs, factors[-1])) if len(factors) > 1 else 1
    sheet = SurfaceSheet([walk.title for walk in found], *window(found), title, key, aligned=aligned)
    for ax, walk in zip(sheet.page.axes, found, strict=False):
        if len(walk.path):
            sheet.contours(ax, walk.coefficients)
            ax.plot(*walk.path.T, color=line, marker=".", markersize=5, linewidth=1.2)
            ax.plot(*walk.path[0], "s", color=line, markersize=7)
            ax.plot(*walk.path[-1], "o", color=end, markersize=6)
            ax.plot(0, 0, "+", color="black", markersize=11)
        remark(ax, walk.told)
    return sheet.page.figure

"""The figure `gradient_field`: the gradient of a surface as a field of arrows (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.compared import ComparedRun, levels_of, titled_runs
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.sheet import Key
from zerosweep.figures.drawing.surfaces import SurfaceSheet, annotate

NEEDED = {"x0", "x1", "gradient", "coefficients"}
"""The arrays that a panel is drawn from."""

LONGEST = 0.95
"""Length of the longest arrow as a fraction of the distance between neighbouring points."""


def descent(gradient: Floats, spacing: float) -> Floats:
    """Return the arrows: minus the gradient, scaled so that the longest is `LONGEST` times `spacing`.

    Args:
        gradient: Shape (n, n, 2); zero stays zero.
        spacing: Distance between neighbouring points.
    """
    longest = float(np.hypot(gradient[..., 0], gradient[..., 1]).max(initial=0))
    return gradient / longest * (-LONGEST * spacing) if longest > 0 else -gradient


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a panel for each combination of levels: minus the gradient as arrows on the contours, and the minimum."""
    found = titled_runs(runs, factors)
    reach = max((float(abs(run.arrays["x0"]).max()) for _, run in found if run.arrays.keys() >= NEEDED), default=1.0)
    key = Key(
        [
            (
                Line2D([], [], color=COLOURS[0], marker=">", markersize=5, linewidth=1.2),
                "minus the gradient",
            ),
            (Line2D([], [], color="black", marker="+", linestyle="", markersize=9), "minimum"),
        ]
    )
    aligned = len(levels_of(runs, factors[-1])) if len(factors) > 1 else 1
    surfaces = SurfaceSheet([text for text, _ in found], 1.1 * reach, 1.1 * reach, title, key, aligned=aligned)
    for ax, (_, run) in zip(surfaces.sheet.axes, found, strict=False):
        if not run.arrays.keys() >= NEEDED:
            annotate(ax, run.status)
            continue
        x0, x1, gradient, coefficients = (
            np.asarray(run.arrays[name], np.float64) for name in ("x0", "x1", "gradient", "coefficients")
        )
        arrows = descent(gradient, float(x0[1] - x0[0]))
        surfaces.contours(ax, coefficients)
        ax.quiver(x0, x1, arrows[..., 0], arrows[..., 1], angles="xy", scale_units="xy", scale=1, color=COLOURS[0],
                  width=0.004, pivot="tail", zorder=3)  # fmt: skip
        ax.plot(*np.asarray(run.arrays.get("minima", np.zeros((1, 2)))).T, "+", color="black", markersize=11, zorder=4)
    return surfaces.sheet.figure

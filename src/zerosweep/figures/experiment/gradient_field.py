"""The gradient of a surface as a field of arrows (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.compared import Compared, levels_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.sheet import Key
from zerosweep.figures.experiment.surfaces import SurfaceSheet, remark, titled

NEEDED = {"x0", "x1", "gradient", "coefficients"}

LONGEST = 0.95
"""Of all arrows: so many spaces between neighbouring points."""


def descent(gradient: Floats, spacing: float) -> Floats:
    """The arrows: minus the gradient, (n, n, 2), scaled so that the longest is `LONGEST` times `spacing`; zero stays zero."""
    longest = float(np.hypot(gradient[..., 0], gradient[..., 1]).max(initial=0))
    return gradient / longest * (-LONGEST * spacing) if longest > 0 else -gradient


def draw(runs: Sequence[Compared], factors: Sequence[str], title: str) -> Figure:
    """A panel for every combination of levels: minus the gradient as arrows on the contours, and the minimum."""
    found = titled(runs, factors)
    reach = max((float(abs(run.arrays["x0"]).max()) for _, run in found if run.arrays.keys() >= NEEDED), default=1.0)
    key = Key(
        [
            (
                Line2D([], [], color=COLOURS[0], marker=r"$\rightarrow$", linestyle="", markersize=12),
                "minus the gradient",
            ),
            (Line2D([], [], color="black", marker="+", linestyle="", markersize=9), "minimum"),
        ]
    )
    aligned = len(levels_of(runs, factors[-1])) if len(factors) > 1 else 1
    sheet = SurfaceSheet([text for text, _ in found], 1.1 * reach, 1.1 * reach, title, key, aligned=aligned)
    for ax, (_, run) in zip(sheet.page.axes, found, strict=False):
        if not run.arrays.keys() >= NEEDED:
            remark(ax, run.word)
            continue
        x0, x1, gradient, coefficients = (
            np.asarray(run.arrays[name], np.float64) for name in ("x0", "x1", "gradient", "coefficients")
        )
        arrows = descent(gradient, float(x0[1] - x0[0]))
        sheet.contours(ax, coefficients)
        ax.quiver(x0, x1, arrows[..., 0], arrows[..., 1], angles="xy", scale_units="xy", scale=1, color=COLOURS[0],
                  width=0.004, pivot="tail", zorder=3)  # fmt: skip
        ax.plot(0, 0, "+", color="black", markersize=11, zorder=4)
    return sheet.page.figure

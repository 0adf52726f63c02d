"""The figure `rounding`: the error of central differences against their step, a line for each precision (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY, line_styles
from zerosweep.figures.drawing.panels import set_ticks
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet

STEP, PRECISION = "trainer.difference_step", "trainer.dtype"
"""The factors of the horizontal axis and of the lines."""

WIDTH, HEIGHT = 6.4, 3.6
"""Size of the panel in inches."""

LEAST = 1e-16
"""Errors are drawn at least at this: the logarithm of zero has no place."""


def errors(runs: Sequence[ComparedRun]) -> dict[str, tuple[Floats, Floats]]:
    """Return the steps, from small to large, and the error at each, by precision; shape (n,) each."""
    found: dict[str, list[tuple[float, float]]] = {}
    for (precision, step), (run, *_) in by_levels(runs, [PRECISION, STEP]).items():
        if step not in ("", "null") and np.isfinite(run.final):
            found.setdefault(precision, []).append((float(step), max(run.final, LEAST)))
    return {precision: tuple(np.array(sorted(pairs)).T) for precision, pairs in found.items()}


def best_step(precision: str) -> float:
    """Return the step at which, by theory, the errors of rounding and of truncation balance."""
    return float(np.finfo(precision).eps ** (1 / 3))


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the largest error as a fraction of the largest derivative against the step, both on a log scale."""
    found = errors(runs)
    styles = line_styles(list(found)).by_level
    pairs = list(found.values())
    xs = scale(np.concatenate([np.array([1e-16, 1.0]), *(steps for steps, _ in pairs)]), ticks=8)
    ys = scale(np.concatenate([np.array([1e-11, 1.0]), *(values for _, values in pairs)]), ticks=6)
    left = 0.4 + width_of(ys.labels)
    entries = [(Line2D([], [], color=style.colour, linestyle=style.dashes, marker="o", markersize=4), precision)
               for precision, style in styles.items()]  # fmt: skip
    entries.append(
        (Line2D([], [], color=GREY, linestyle=":"), "the best step by theory, the cube root of the precision")
    )
    sheet = new_sheet((left + WIDTH + 0.15, 0.5 + HEIGHT + 0.1), [(left, 0.5, WIDTH, HEIGHT)], title, Key(entries))
    (ax,) = sheet.axes
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(xs.low, xs.high), ylim=(ys.low, ys.high))
    set_ticks(ax, xs, ys)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    for precision, (steps, values) in found.items():
        colour = styles[precision].colour
        ax.plot(steps, values, styles[precision].dashes, marker="o", markersize=4, color=colour, linewidth=1.4)
        ax.axvline(best_step(precision), color=colour, linestyle=":", linewidth=1.2)
    sheet.write(left + WIDTH / 2, EDGE, "step h of the difference", ha="center", va="bottom")
    sheet.write(EDGE, 0.5 + HEIGHT / 2, "error of the derivative", rotation=90, va="center")
    return sheet.figure

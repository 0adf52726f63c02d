"""The figure `overflows`: the mini-batch at which each run stops being finite, over a setting (experiment E6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, levels_of
from zerosweep.figures.drawing.lettering import SMALL
from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.metrics import axis_title

WIDE, TALL, LEFT, BELOW = 6.4, 2.6, 0.6, 0.55
"""Inches of the panel, and left of it and below it."""

ASIDE, JITTER = 0.4, 0.24
"""Distances between places of levels that are 1 apart: of the levels of the second factor, and within a level."""


def last_finite(runs: Sequence[ComparedRun]) -> list[float]:
    """Return the last mini-batch with a finite loss of each run, in increasing order; infinity where it never overflows."""
    return sorted(float(max(run.steps, default=0)) if run.verdict == "diverged" else np.inf for run in runs)


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a dot for each run that diverged, a line at the median of all runs, and how many diverged.

    Args:
        runs: The runs, with a curve that has a value at every step.
        factors: The setting along the axis, and one whose levels have a colour each.
        title: The title of the figure.
    """
    x, colour = factors[0], factors[1] if len(factors) > 1 else ""
    columns, strips = levels_of(runs, x), levels_of(runs, colour)[::-1]
    last = max((max(run.steps, default=0) for run in runs), default=0)
    key = [
        (Line2D([], [], color=COLOURS[i], marker="o", linestyle="", markersize=4), f"{axis_title(colour)} {strip}")
        for i, strip in enumerate(strips)
    ]  # fmt: skip
    notes = ["A dot is a run. A line is the median of all, where most overflow. Below: how many do."]
    sheet = new_sheet((LEFT + WIDE, BELOW + TALL), [(LEFT, BELOW, WIDE, TALL)], title, Key(key), notes)
    (ax,) = sheet.axes
    vertical = scale(np.array([0.0, float(last)]), ticks=4)
    for column, level in enumerate(columns):
        for i, strip in enumerate(strips):
            at = last_finite([run for run in runs if run.level(x) == level and run.level(colour) == strip])
            if not at:
                continue
            middle = column + ASIDE * (i - (len(strips) - 1) / 2)
            shown = [value for value in at if np.isfinite(value)]
            aside = JITTER * (np.arange(len(shown)) % 3 - 1) / 2
            ax.plot(middle + aside, shown, "o", color=COLOURS[i], markersize=3)
            if np.isfinite(median := float(np.median(at))):
                ax.plot([middle - JITTER / 1.4, middle + JITTER / 1.4], [median] * 2, color=COLOURS[i], linewidth=1.2)
            ax.text(
                middle,
                vertical.low,
                f"{len(shown)}/{len(at)}",
                size=SMALL - 1,
                ha="center",
                va="bottom",
                color=COLOURS[i],
            )
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(vertical.low - 0.08 * last, vertical.high))
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(vertical.ticks, vertical.labels)
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.grid(True, axis="y", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    sheet.write(LEFT + WIDE / 2, EDGE, axis_title(x), ha="center")
    sheet.write(EDGE, BELOW + TALL / 2, "last finite mini-batch", rotation=90, va="center")
    return sheet.figure

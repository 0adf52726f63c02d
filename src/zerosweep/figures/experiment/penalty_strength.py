"""The figure `penalty_strength`: accuracy against the strength of a penalty, and the weights it leaves (experiment E5)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, Dashes, shades
from zerosweep.figures.drawing.panels import set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.names import METRIC

PENALTIES = {"l2": "L2", "l1": "L1"}
"""The name of each penalty, by the option of `regularizer`."""

LINES: dict[str, tuple[Dashes, str, str]] = {
    "train/accuracy": ("-", COLOURS[0], "training accuracy"),
    "test/accuracy": ("--", COLOURS[1], "test accuracy"),
}
"""Dashes, colour and meaning of each curve."""

WIDTH, HIGH, LOW, BETWEEN = 3.5, 2.2, 1.9, 0.75
"""Inches: the width of a panel, the heights of the upper and of the lower ones, and the space between panels."""

LEAST = 1e-4
"""Fractions are drawn at least at this: the logarithm of zero has no place."""


def strengths(runs: Sequence[ComparedRun], penalty: str, metric: str) -> tuple[Floats, Floats]:
    """Return λ from small to large, and the final value of a metric at each, shape (n,) each."""
    pairs = [
        (float(run.level(f"regularizer.{penalty}")), run.final)
        for run in runs
        if run.level("regularizer") == penalty and run.level(METRIC) == metric and np.isfinite(run.final)
    ]
    table = np.array(sorted(pairs), np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def weights(runs: Sequence[ComparedRun], penalty: str) -> dict[float, tuple[Floats, Floats]]:
    """Return the middles of the bins and the fraction of the weights in each, by λ from small to large."""
    found = {}
    for run in runs:
        if run.level("regularizer") == penalty and {"edges", "fraction"} <= run.arrays.keys():
            edges, fraction = (np.asarray(run.arrays[name], np.float64) for name in ("edges", "fraction"))
            found[float(run.level(f"regularizer.{penalty}"))] = (edges[1:] + edges[:-1]) / 2, fraction
    return dict(sorted(found.items()))


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the accuracies against λ above, and below the hidden weights after training, a line for each λ."""
    by_metric = {(p, m): strengths(runs, p, m) for p in PENALTIES for m in LINES}
    left_weights = {penalty: weights(runs, penalty) for penalty in PENALTIES}
    unit, fractions = scale(np.array([]), ticks=5), scale(np.array([LEAST, 1.0]), ticks=4)
    left = 0.35 + max(width_of(unit.labels), width_of(fractions.labels))
    boxes = [(left + i * (WIDTH + BETWEEN), 0.5 + LOW + BETWEEN, WIDTH, HIGH) for i in range(2)]
    boxes += [(left + i * (WIDTH + BETWEEN), 0.5, WIDTH, LOW) for i in range(2)]
    entries = [(Line2D([], [], color=colour, linestyle=dashes), text) for dashes, colour, text in LINES.values()]
    entries += [(Line2D([], [], color=shades()(0.0)), "weights, smallest λ"),
                (Line2D([], [], color=shades()(1.0)), "weights, largest λ")]  # fmt: skip
    body = (left + 2 * WIDTH + BETWEEN + 0.2, 0.5 + LOW + BETWEEN + HIGH + 0.25)
    sheet = new_sheet(body, boxes, title, Key(entries))
    for i, (penalty, name) in enumerate(PENALTIES.items()):
        above, below = sheet.axes[i], sheet.axes[2 + i]
        write_title(above, f"{name}: accuracy after training")
        write_title(below, f"{name}: fraction of the hidden weights in each bin")
        found = np.concatenate([by_metric[penalty, metric][0] for metric in LINES])
        largest = found.max(initial=1e-9)
        xs = scale(np.append(found, [largest, largest / 1e3]), ticks=5)
        above.set_xscale("log")
        above.xaxis.set_minor_locator(NullLocator())
        above.set(xlim=(xs.low, xs.high), ylim=(0, 1))
        set_ticks(above, xs, unit)
        for metric, (dashes, hue, _) in LINES.items():
            above.plot(*by_metric[penalty, metric], dashes, color=hue, marker="o", markersize=4, linewidth=1.4)
        lines = left_weights[penalty]
        reach = max((float(middles[-1]) for middles, _ in lines.values()), default=1.0)
        below.set_yscale("log")
        below.yaxis.set_minor_locator(NullLocator())
        below.set(xlim=(-reach, reach), ylim=(LEAST, 1))
        set_ticks(below, scale(np.array([-reach, reach]), ticks=5, margin=0), fractions)
        for j, (middles, fraction) in enumerate(lines.values()):
            colour = shades()(j / max(len(lines) - 1, 1))
            below.plot(middles, np.maximum(fraction, LEAST), color=colour, linewidth=1.1)
        for ax in (above, below):
            ax.grid(True, color="#dddddd", linewidth=0.6)
        sheet.write(boxes[i][0] + WIDTH / 2, 0.5 + LOW + 0.33, "strength λ", ha="center")
        sheet.write(boxes[i][0] + WIDTH / 2, EDGE, "weight", ha="center", va="bottom")
    sheet.write(EDGE, boxes[0][1] + HIGH / 2, "accuracy", rotation=90, va="center")
    sheet.write(EDGE, 0.5 + LOW / 2, "fraction", rotation=90, va="center")
    return sheet.figure

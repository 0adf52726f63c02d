"""The figure `two_layer`: accuracies by epoch, and loss and accuracy along one weight (experiment E3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, finite_curve
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY, Dashes
from zerosweep.figures.drawing.panels import set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.names import METRIC

LINES: dict[str, tuple[Dashes, str, str]] = {
    "train/accuracy": ("-", COLOURS[0], "training accuracy"),
    "test/accuracy": ("--", COLOURS[1], "test accuracy"),
}
"""Dashes, colour and meaning of each curve."""

WIDTH, HEIGHT, BETWEEN = 2.15, 2.1, 0.62
"""Inches: width and height of a panel, and the space between two."""


def slice_of(runs: Sequence[ComparedRun]) -> dict[str, Floats]:
    """Return the arrays of the first run that saved a slice; {} where none did."""
    names = ("weight", "loss", "accuracy", "at")
    for run in runs:
        if run.arrays.keys() >= set(names):
            return {name: np.asarray(run.arrays[name], np.float64) for name in names}
    return {}


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the accuracies of every run by epoch, and beside them loss and accuracy along one weight of the first."""
    curves = [(LINES[run.level(METRIC)], *finite_curve(run)) for run in runs if run.level(METRIC) in LINES]
    curves = [(style, np.arange(len(steps), dtype=np.float64), values) for style, steps, values in curves]
    last = max((float(epochs[-1]) for _, epochs, _ in curves if len(epochs)), default=1.0)
    cut = slice_of(runs)
    weight = cut.get("weight", np.array([0.0, 1.0]))
    xs = scale(np.array([0.0, last]), ticks=5, margin=0), *[scale(weight, ticks=4, margin=0)] * 2
    ys = (
        scale(np.array([]), ticks=5),
        scale(cut.get("loss", np.array([])), ticks=5),
        scale(cut.get("accuracy", np.array([])), ticks=5),
    )
    left = 0.3 + max(width_of(axis.labels) for axis in ys)
    boxes = [(left + i * (WIDTH + BETWEEN), 0.5, WIDTH, HEIGHT) for i in range(3)]
    entries = [(Line2D([], [], color=colour, linestyle=dashes), text) for dashes, colour, text in LINES.values()]
    entries.append((Line2D([], [], color=GREY, linestyle=":"), "where training left the weight"))
    sheet = new_sheet((left + 3 * WIDTH + 2 * BETWEEN + 0.1, 0.5 + HEIGHT + 0.25), boxes, title, Key(entries))
    titles = ("accuracy by epoch", "loss along one weight", "accuracy along the same weight")
    for i, (ax, text) in enumerate(zip(sheet.axes, titles, strict=True)):
        write_title(ax, text)
        ax.set(xlim=(xs[i].low, xs[i].high), ylim=(ys[i].low, ys[i].high))
        set_ticks(ax, xs[i], ys[i])
        ax.grid(True, color="#dddddd", linewidth=0.6)
        sheet.write(boxes[i][0] + WIDTH / 2, EDGE, "value of the weight" if i else "epoch", ha="center", va="bottom")
    for (dashes, colour, _), epochs, values in curves:
        sheet.axes[0].plot(epochs, values, dashes, color=colour, linewidth=1.2)
    if cut:
        for ax, name in zip(sheet.axes[1:], ("loss", "accuracy"), strict=True):
            ax.plot(weight, cut[name], color=COLOURS[0], linewidth=1.2)
            ax.axvline(float(cut["at"]), color=GREY, linestyle=":", linewidth=1.2)
    return sheet.figure

"""The figure `training_cost`: the cost of mini-batches, and the validation accuracy by epoch (experiment E2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, finite_curve
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import line_styles
from zerosweep.figures.drawing.panels import set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.names import METRIC

COST, ACCURACY = "train/loss", "val/accuracy"
"""The metrics of the two panels."""

WIDTH, HEIGHT, BETWEEN = 3.55, 2.6, 0.62
"""Inches: width and height of a panel, and the space between the two."""

EVERY = 100
"""The cost is drawn once in this number of mini-batches, as published."""


def name_of(run: ComparedRun) -> str:
    """Return what a run is, in words: "no BN, rate 0.01"."""
    words = ["BN" if run.level("bn") == "true" else "no BN", f"rate {run.level('optimizer.lr')}"]
    words += ["statistics never updated"] if run.level("model.bn_momentum") in ("1", "1.0") else []
    words += ["no clip"] if run.level("loss.clip") in ("0", "0.0") else []
    return ", ".join(words)


def cost_curves(runs: Sequence[ComparedRun], metric: str) -> dict[str, tuple[Floats, Floats]]:
    """Return the steps and values of a metric by run, in order; of the cost one in `EVERY`, and the first."""
    found: dict[str, tuple[Floats, Floats]] = {}
    for run in runs:
        steps, values = finite_curve(run)
        if run.level(METRIC) != metric or not len(steps):
            continue
        chosen = (steps % EVERY == 0) | (steps == steps[0]) if metric == COST else np.ones(len(steps), bool)
        found.setdefault(name_of(run), (steps[chosen], values[chosen]))
    return found


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the cost of every hundredth mini-batch on the left, and the validation accuracy by epoch on the right."""
    costs, accuracies = cost_curves(runs, COST), cost_curves(runs, ACCURACY)
    names = list(dict.fromkeys([*costs, *accuracies]))
    styles = line_styles(names).by_level
    values = [values for _, values in costs.values()]
    steps = [steps for found in (costs, accuracies) for steps, _ in found.values()]
    xs = scale(np.concatenate([np.array([0.0, 1.0]), *steps]), ticks=5, margin=0)
    ys = scale(np.concatenate([np.array([0.0, 1.0]), *values]), ticks=5), scale(np.array([]), ticks=5)
    left = 0.35 + width_of(ys[0].labels)
    boxes = [(left + i * (WIDTH + BETWEEN), 0.5, WIDTH, HEIGHT) for i in range(2)]
    handles = [
        Line2D([], [], color=styles[name].colour, linestyle=styles[name].dashes, linewidth=1.6) for name in names
    ]
    key = Key(list(zip(handles, names, strict=True)))
    sheet = new_sheet(
        (left + 2 * WIDTH + BETWEEN + 0.05 + width_of(xs.labels) / 2, 0.5 + HEIGHT + 0.25), boxes, title, key
    )
    texts = (f"training cost, every {EVERY}th mini-batch", "validation accuracy, after each epoch")
    for i, (ax, found, text) in enumerate(zip(sheet.axes, (costs, accuracies), texts, strict=True)):
        write_title(ax, text)
        ax.set(xlim=(0, xs.high), ylim=(ys[i].low, ys[i].high))
        set_ticks(ax, xs, ys[i])
        ax.grid(True, color="#dddddd", linewidth=0.6)
        for name, (at, curve) in found.items():
            style = styles[name]
            ax.plot(at, curve, style.dashes, color=style.colour, linewidth=1.4, clip_on=False,
                    marker="o" if i else None, markersize=3.5)  # fmt: skip
        sheet.write(boxes[i][0] + WIDTH / 2, EDGE, "step", ha="center", va="bottom")
    sheet.write(EDGE, 0.5 + HEIGHT / 2, "cost", rotation=90, va="center")
    return sheet.figure

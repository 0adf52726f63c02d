"""The figure `regularizers`: training and test accuracy, a row a way of running and a column a case (experiment E5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, finite_curve
from zerosweep.figures.drawing.lettering import height_of, width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, Dashes
from zerosweep.figures.drawing.panels import GAP, PanelGrid, panel_size, set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.names import METRIC

CASES = {"none": "no regularizer", "l2": "L2", "l1": "L1", "dropout": "dropout", "dropout_l1": "dropout and L1"}
"""The title of each case."""

WAYS = ("as published", "our way")
"""The title of each row."""

LINES: dict[str, tuple[Dashes, str, str]] = {
    "train/accuracy": ("-", COLOURS[0], "training"),
    "test/accuracy": ("--", COLOURS[1], "test"),
}
"""Dashes, colour and meaning of each line."""


def way_of(run: ComparedRun) -> str:
    """Return which rules a run follows: those of the article freeze the output layer or scale dropout at test time."""
    frozen, scaling = run.level("trainer.frozen"), run.level("regularizer.dropout_scaling")
    return WAYS[0] if frozen not in ("", "[]") or scaling == "test" else WAYS[1]


def accuracy_curves(runs: Sequence[ComparedRun]) -> dict[tuple[str, str], Mapping[str, tuple[Floats, Floats]]]:
    """Return the mean curve of each metric, as steps and values, by way and case.

    Without regularization both ways are the same, and have the same curves.
    """
    grouped: dict[tuple[str, str], dict[str, list[tuple[Floats, Floats]]]] = {}
    for run in runs:
        case, metric = run.level("regularizer"), run.level(METRIC)
        for way in WAYS if case == "none" else (way_of(run),):
            if case in CASES and metric in LINES and len((curve := finite_curve(run))[0]):
                grouped.setdefault((way, case), {}).setdefault(metric, []).append(curve)
    return {key: {metric: _mean(curves) for metric, curves in lines.items()} for key, lines in grouped.items()}


def _mean(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    length = min(len(steps) for steps, _ in curves)
    return curves[0][0][:length], np.asarray(np.mean([values[:length] for _, values in curves], axis=0), np.float64)


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw training and test accuracy of each case, with the article's rules above and ours below."""
    found = accuracy_curves(runs)
    last = max((float(steps[-1]) for lines in found.values() for steps, _ in lines.values()), default=1.0)
    xs, ys = scale(np.array([0.0, last]), ticks=3, margin=0), scale(np.array([]), ticks=5)
    cells = [(way, case) for way in WAYS for case in CASES]
    titles = [CASES[case] if case == "none" else f"{CASES[case]},\n{way}" for way, case in cells]
    n, columns, above = len(CASES) * len(WAYS), len(CASES), 0.1 + height_of(titles)
    left = 0.3 + width_of(ys.labels)
    width, tall = panel_size(columns, left + 0.1)
    grid = PanelGrid(n, columns, width, tall + above, above, left)
    key = Key([(Line2D([], [], color=colour, linestyle=dashes), text) for dashes, colour, text in LINES.values()])
    sheet = new_sheet((grid.left + grid.size[0], grid.below + grid.size[1]), grid.boxes(), title, key)
    for i, (ax, (way, case)) in enumerate(zip(sheet.axes, cells, strict=True)):
        write_title(ax, titles[i])
        ax.set(xlim=(0, last), ylim=(0, 1))
        set_ticks(ax, xs, ys, lowest=i >= n - columns, first=i % columns == 0)
        ax.grid(True, color="#dddddd", linewidth=0.6)
        for metric, (steps, values) in found.get((way, case), {}).items():
            dashes, colour, _ = LINES[metric]
            ax.plot(steps, values, dashes, color=colour, linewidth=1.2, clip_on=False)
    sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "step", ha="center", va="bottom")
    sheet.write(EDGE, grid.below + grid.size[1] / 2, "accuracy", rotation=90, va="center")
    return sheet.figure

"""The curves of a search's best trials, in a small panel each.

The book shows its random search, the baseline of experiment E7, like this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.lettering import SMALL, height_of, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY, OF_SET, Dashes
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of, panel_size, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.search.axes import count_scale, objective_scale, right_margin, set_axes
from zerosweep.figures.search.trials import DrawnTrial, best_first, polyline
from zerosweep.metrics import MAXIMIZE, SETS, axis_title, label, to_compare
from zerosweep.naming import run_name

Curves = Mapping[str, tuple[Sequence[int], Sequence[float]]]
"""The curves of one trial by metric: {"train/accuracy": (steps, values), "val/accuracy": …}."""

DASHES: Mapping[str, Dashes] = {"train": "--", "val": "-", "test": ":"}
"""The line style of a metric, by the first part of its name."""


@dataclass(frozen=True)
class BestPanel:
    """The panel of one trial.

    Attributes:
        title: Rank, settings and value of the trial.
        lines: Steps and finite values, shape (n, 2), by metric; may be empty.
    """

    title: str
    lines: Mapping[str, Floats]


def panels_of(
    trials: Sequence[DrawnTrial], curves: Mapping[int, Curves], metric: str, direction: str = MAXIMIZE, count: int = 20
) -> list[BestPanel]:
    """Return the panels of the `count` best complete trials by their first objective, the best first.

    Args:
        curves: The curves of each trial, by its number.
        metric: Name of the first objective.
        direction: maximize or minimize.
    """
    best = best_first(trials, direction)[:count]
    found = []
    for rank, trial in enumerate(best, 1):
        lines = {
            name: line
            for name, curve in curves.get(trial.number, {}).items()
            if len(line := polyline(zip(*curve, strict=True)))
        }
        found.append(BestPanel(f"{rank}. {run_name(trial.params, 2)} → {trial.values[0]:.3g}", lines))
    return found


@np.errstate(all="ignore")
def best_panels(
    trials: Sequence[DrawnTrial],
    curves: Mapping[int, Curves],
    metric: str,
    *,
    title: str,
    direction: str = MAXIMIZE,
    count: int = 20,
) -> Figure:
    """Draw a panel for each of the best trials, with shared axes: training dashed, validation solid.

    Args:
        curves: The curves of each trial, by its number.
        metric: The objective, such as val/accuracy. Its counterparts on other data, such as train/accuracy, are
            drawn with it.
        direction: maximize or minimize.
        count: The most panels.
    """
    together = to_compare(metric)
    panels = [
        BestPanel(each.title, {name: line for name, line in each.lines.items() if name in together})
        for each in panels_of(trials, curves, metric, direction, count)
    ]
    columns = columns_of(max(len(panels), 1))
    lines = [line for panel in panels for line in panel.lines.values()]
    both = np.concatenate([np.empty((0, 2)), *lines])
    xs = count_scale(both[:, 0], 3 if columns > 2 else 5)
    ys = objective_scale(metric, both[:, 1], 3 if columns > 2 else 5)
    left, right = 0.35 + width_of(ys.labels), right_margin(xs) - GAP
    width, tall = panel_size(columns, left + max(right, 0.0))
    titles = [wrapped(panel.title, width - GAP) for panel in panels]
    above = 0.1 + height_of(titles)
    grid = PanelGrid(len(panels), columns, width, tall + above, above, left)
    body = grid.left + grid.size[0] + right, grid.below + max(grid.size[1], 0.5)
    sheet = new_sheet(body, grid.boxes(), title, _key(panels))
    for i, (ax, panel, heading) in enumerate(zip(sheet.axes, panels, titles, strict=True)):
        write_title(ax, heading)
        set_axes(ax, xs, ys, numbers=(i + columns >= len(panels), i % columns == 0))
        _paint(ax, panel)
    if panels:
        middle = grid.left + (grid.size[0] - GAP) / 2
        sheet.write(middle, EDGE, "step", ha="center", va="bottom")
        sheet.write(
            EDGE, grid.below + (grid.size[1] - above) / 2, axis_title(label(together)), rotation=90, va="center"
        )
    else:
        sheet.write(body[0] / 2, body[1] / 2, "no trial is complete", ha="center", va="center", color=GREY)
    return sheet.figure


def _paint(ax: Axes, panel: BestPanel) -> None:
    """Draw the lines of a panel, or say that there are none."""
    if not panel.lines:
        ax.text(0.5, 0.5, "no curve", transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize=SMALL)
    for metric, line in panel.lines.items():
        drawn = _line_of(metric)
        drawn.set(data=line.T, clip_on=False, marker="o" if len(line) == 1 else "", markersize=3)
        ax.add_line(drawn)


def _line_of(metric: str) -> Line2D:
    """Return a line without points, in the style of the metric."""
    split = metric.split("/")[0]
    return Line2D([], [], color=OF_SET.get(split, GREY), linestyle=DASHES.get(split, "-"), linewidth=1.3)


def _key(panels: Sequence[BestPanel]) -> Key:
    metrics = dict.fromkeys(metric for panel in panels for metric in panel.lines)
    return Key([(_line_of(metric), SETS.get(metric.split("/")[0], metric)) for metric in metrics])

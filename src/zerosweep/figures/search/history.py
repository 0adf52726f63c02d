"""The objectives of a search's trials in the order in which they started, with the best value so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.lettering import SMALL, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, COLOURS, GREY
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.search.axes import count_scale, objective_scale, right_margin, set_axes
from zerosweep.figures.search.marks import Strip, mark, without_value
from zerosweep.figures.search.trials import DrawnTrial, by_outcome, completed, objective
from zerosweep.metrics import MAXIMIZE, axis_title

WIDTH = 6.4
"""Width of a panel in inches."""


@dataclass(frozen=True)
class Progress:
    """The trials of a search by one objective.

    Attributes:
        metric: Name of the objective.
        direction: maximize or minimize.
        numbers: Numbers of the complete trials, shape (n,), ascending.
        values: Their objective values, shape (n,).
        best: The best value up to each of them, shape (n,).
        others: Numbers of the trials without a value, by outcome.
        last: The greatest number of any trial.
    """

    metric: str
    direction: str
    numbers: Floats
    values: Floats
    best: Floats
    others: Mapping[str, Floats]
    last: int


def progress(trials: Sequence[DrawnTrial], metrics: Mapping[str, str]) -> list[Progress]:
    """Return the progress of each objective.

    Args:
        trials: One or more trials.
        metrics: The direction of each objective.
    """
    done = completed(trials)
    groups = by_outcome(trials)
    numbers = np.array([trial.number for trial in done], np.float64)
    others = {
        outcome: np.array(sorted(trial.number for trial in groups[outcome]), np.float64)
        for outcome in without_value(groups)
    }
    found = []
    for which, (metric, direction) in enumerate(metrics.items()):
        values = objective(done, which)
        best = (np.maximum if direction == MAXIMIZE else np.minimum).accumulate(values)
        found.append(Progress(metric, direction, numbers, values, best, others, max(trial.number for trial in trials)))
    return found


@np.errstate(all="ignore")
def draw(panels: Sequence[Progress], title: str) -> Figure:
    """Draw a panel for each objective, one below the other.

    Trials without a value are marked at the worse end of its axis.
    """
    height = 3.2 if len(panels) == 1 else 2.2
    gap, below = 0.2, 0.45
    scales = [objective_scale(each.metric, each.values) for each in panels]
    left = 0.35 + width_of([label for each in scales for label in each.labels])
    boxes = [(left, below + (len(panels) - 1 - i) * (height + gap), WIDTH, height) for i in range(len(panels))]
    xs = count_scale(np.concatenate([panels[0].numbers, *panels[0].others.values()]), 6)
    body = left + WIDTH + right_margin(xs), below + len(panels) * (height + gap)
    sheet = new_sheet(body, boxes, title, _key(panels[0]))
    for ax, each, along, box in zip(sheet.axes, panels, scales, boxes, strict=True):
        strip = Strip([*each.others], each.direction, height)
        set_axes(ax, xs, strip.within(along), numbers=(each is panels[-1], True))
        _paint(ax, each)
        strip.paint(ax, each.others, 5 if each.last < 200 else 3.5)
        sheet.write(EDGE, box[1] + height / 2, wrapped(axis_title(each.metric), height), rotation=90, va="center")
    sheet.write(left + WIDTH / 2, EDGE, "trial", ha="center", va="bottom")
    return sheet.figure


def _paint(ax: Axes, each: Progress) -> None:
    """Draw the values and the best value so far, or say that no trial is complete."""
    if not len(each.values):
        ax.text(0.5, 0.5, "no trial is complete", transform=ax.transAxes, ha="center", va="center", color=GREY,
                fontsize=SMALL + 1)  # fmt: skip
        return
    many = len(each.values) > 200
    ax.plot(each.numbers, each.values, "o", color=COLOURS[0], alpha=0.5 if many else 0.75, clip_on=False,
            markersize=3 if many else 4.5, markeredgewidth=0)  # fmt: skip
    steps, best = np.append(each.numbers, each.last), np.append(each.best, each.best[-1])
    ax.plot(steps, best, color=BEST, linewidth=1.6, drawstyle="steps-post", clip_on=False)


def _key(each: Progress) -> Key:
    entries = []
    if len(each.values):
        dot = Line2D([], [], color=COLOURS[0], marker="o", linestyle="", markersize=4.5, markeredgewidth=0)
        entries += [(dot, "complete"), (Line2D([], [], color=BEST, linewidth=1.6), "best so far")]
    return Key([*entries, *((mark(outcome), outcome) for outcome in each.others)])

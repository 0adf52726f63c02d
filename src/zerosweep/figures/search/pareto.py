"""Two objectives of a search against each other, with the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.lettering import SMALL, width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.search.axes import objective_scale, right_margin, set_axes
from zerosweep.figures.search.marks import without_value
from zerosweep.figures.search.trials import DrawnTrial, by_outcome, completed, objective
from zerosweep.metrics import MAXIMIZE, axis_title

WIDTH, HEIGHT = 5.6, 4.2
"""Size of the panel in inches."""


@dataclass(frozen=True)
class Pareto:
    """The trials of a search with two objectives.

    Attributes:
        values: Objective values of the complete trials, shape (n, 2), by the trials' numbers.
        numbers: The numbers of these trials, n of them.
        front: Indices of the trials on the Pareto front, shape (m,), by the first objective.
        others: Number of trials without values, by outcome.
    """

    values: Floats
    numbers: Sequence[int]
    front: np.ndarray
    others: Mapping[str, int]


def pareto(trials: Sequence[DrawnTrial], directions: Sequence[str]) -> Pareto:
    """Return the trials and their Pareto front.

    Args:
        directions: maximize or minimize, for each of the two objectives.
    """
    done, groups = completed(trials), by_outcome(trials)
    values = np.stack([objective(done, 0), objective(done, 1)], axis=1)
    others = {outcome: len(groups[outcome]) for outcome in without_value(groups)}
    return Pareto(values, [trial.number for trial in done], front(values, directions), others)


def front(values: Floats, directions: Sequence[str]) -> np.ndarray:
    """Return the indices of the points that no other point dominates, shape (m,), by the first objective.

    A point dominates another if it is at least as good in both objectives and better in one. Of equal points all
    are on the front or none.

    Args:
        values: The points, shape (n, 2).
        directions: maximize or minimize, for each of the two objectives.
    """
    signs = np.array([-1.0 if direction == MAXIMIZE else 1.0 for direction in directions])
    costs = values * signs
    order = np.lexsort((costs[:, 1], costs[:, 0]))
    chosen: list[int] = []
    for place in order:
        last = costs[chosen[-1]] if chosen else None
        if last is None or costs[place, 1] < last[1] or (costs[place] == last).all():
            chosen.append(int(place))
    chosen.sort(key=lambda place: (values[place, 0], place))
    return np.array(chosen, np.intp)


@np.errstate(all="ignore")
def draw(found: Pareto, metrics: Mapping[str, str], title: str) -> Figure:
    """Draw the trials and their Pareto front.

    Args:
        metrics: The direction of each of the two objectives, the first along x.
    """
    scales = [objective_scale(metric, values) for metric, values in zip(metrics, found.values.T, strict=True)]
    left, below = 0.35 + width_of(scales[1].labels), 0.48
    names = [
        f"{axis_title(metric)}, {'higher' if how == MAXIMIZE else 'lower'} is better" for metric, how in metrics.items()
    ]
    body = left + WIDTH + right_margin(scales[0]), below + HEIGHT + 0.12
    sheet = new_sheet(body, [(left, below, WIDTH, HEIGHT)], title, _key(found), _notes(found))
    set_axes(sheet.axes[0], *scales)
    _paint(sheet.axes[0], found, list(metrics.values()))
    sheet.write(left + WIDTH / 2, EDGE, names[0], ha="center", va="bottom")
    sheet.write(EDGE, below + HEIGHT / 2, names[1], rotation=90, va="center")
    return sheet.figure


def _paint(ax: Axes, found: Pareto, directions: Sequence[str]) -> None:
    """Draw the dominated trials and the front, or say that no trial is complete."""
    if not len(found.values):
        ax.text(0.5, 0.5, "no trial is complete", transform=ax.transAxes, ha="center", va="center", color=GREY,
                fontsize=SMALL + 1)  # fmt: skip
        return
    many = len(found.values) > 200
    dominated = np.delete(found.values, found.front, axis=0)
    ax.plot(*dominated.T, "o", color=GREY, alpha=0.6, markersize=3.5 if many else 5, markeredgewidth=0, clip_on=False)
    # a point dominates everything between it and the worse end of both objectives, so the front is a line in steps
    steps = "steps-post" if directions[0] != MAXIMIZE else "steps-pre"
    ax.plot(*found.values[found.front].T, "-o", color=BEST, drawstyle=steps, linewidth=1.2, markersize=6,
            markeredgewidth=0, clip_on=False)  # fmt: skip


def _key(found: Pareto) -> Key:
    if not len(found.values):
        return Key([])
    front_line = Line2D([], [], color=BEST, marker="o", linewidth=1.2, markersize=6, markeredgewidth=0)
    dot = Line2D([], [], color=GREY, marker="o", linestyle="", alpha=0.6, markersize=5, markeredgewidth=0)
    some_dominated = len(found.front) < len(found.values)
    return Key([(front_line, "Pareto front"), *([(dot, "dominated")] if some_dominated else [])])


def _notes(found: Pareto) -> list[str]:
    notes = []
    if len(found.front):
        numbers = ", ".join(str(found.numbers[place]) for place in found.front)
        notes.append(f"On the front: trial{'s' if len(found.front) > 1 else ''} {numbers}.")
    if found.others:
        notes.append(f"Without values: {', '.join(f'{n} {outcome}' for outcome, n in found.others.items())}.")
    return notes

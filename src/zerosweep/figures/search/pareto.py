"""Two objectives of a search against each other, and the trials that nothing beats in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY
from zerosweep.figures.drawing.sheet import EDGE, SMALL, Key, new_sheet, width_of
from zerosweep.figures.search.axes import beside, lay_out, of_objective
from zerosweep.figures.search.marks import without_value
from zerosweep.figures.search.trials import DrawnTrial, by_outcome, completed, objective
from zerosweep.metrics import MAXIMIZE

WIDTH, HEIGHT = 5.6, 4.2
"""Inches of the panel."""


@dataclass(frozen=True)
class Pareto:
    """values: (n, 2), of the complete trials by number; numbers: (n,). front: (m,), the places in them of those on the front, by
    the first objective. others: how many have no values, by outcome."""

    values: Floats
    numbers: Sequence[int]
    front: np.ndarray
    others: Mapping[str, int]


def pareto(trials: Sequence[DrawnTrial], directions: Sequence[str]) -> Pareto:
    """Of two objectives."""
    done, groups = completed(trials), by_outcome(trials)
    values = np.stack([objective(done, 0), objective(done, 1)], axis=1)
    others = {outcome: len(groups[outcome]) for outcome in without_value(groups)}
    return Pareto(values, [trial.number for trial in done], front(values, directions), others)


def front(values: Floats, directions: Sequence[str]) -> np.ndarray:
    """(m,), the places of the points of values, (n, 2), that no other point dominates: is at least as good in both objectives and
    better in one. They come by the first objective; of equal points all are on the front or none."""
    signs = np.array([-1.0 if direction == MAXIMIZE else 1.0 for direction in directions])
    costs = values * signs
    order = np.lexsort((costs[:, 1], costs[:, 0]))
    on_it: list[int] = []
    for place in order:
        last = costs[on_it[-1]] if on_it else None
        if last is None or costs[place, 1] < last[1] or (costs[place] == last).all():
            on_it.append(int(place))
    on_it.sort(key=lambda place: (values[place, 0], place))
    return np.array(on_it, np.intp)


@np.errstate(all="ignore")
def draw(found: Pareto, metrics: Mapping[str, str], title: str) -> Figure:
    """metrics: the two objectives with their directions, the first along x."""
    scales = [of_objective(metric, values) for metric, values in zip(metrics, found.values.T, strict=True)]
    left, below = 0.35 + width_of(scales[1].labels), 0.48
    names = [f"{metric} ({'higher' if how == MAXIMIZE else 'lower'} is better)" for metric, how in metrics.items()]
    body = left + WIDTH + beside(scales[0]), below + HEIGHT + 0.12
    sheet = new_sheet(body, [(left, below, WIDTH, HEIGHT)], title, _key(found), _notes(found))
    lay_out(sheet.axes[0], *scales)
    _paint(sheet.axes[0], found, list(metrics.values()))
    sheet.write(left + WIDTH / 2, EDGE, names[0], ha="center")
    sheet.write(EDGE, below + HEIGHT / 2, names[1], rotation=90, va="center")
    return sheet.figure


def _paint(ax: Axes, found: Pareto, directions: Sequence[str]) -> None:
    if not len(found.values):
        ax.text(0.5, 0.5, "no trial is complete", transform=ax.transAxes, ha="center", va="center", color=GREY,
                fontsize=SMALL + 1)  # fmt: skip
        return
    many = len(found.values) > 200
    dominated = np.delete(found.values, found.front, axis=0)
    ax.plot(*dominated.T, "o", color=GREY, alpha=0.6, markersize=3.5 if many else 5, markeredgewidth=0, clip_on=False)
    # up to a point of the front everything is dominated: steps towards the bad end of the other objective
    steps = "steps-post" if directions[0] != MAXIMIZE else "steps-pre"
    ax.plot(*found.values[found.front].T, "-o", color=BEST, drawstyle=steps, linewidth=1.2, markersize=6,
            markeredgewidth=0, clip_on=False)  # fmt: skip


def _key(found: Pareto) -> Key:
    if not len(found.values):
        return Key([])
    on_it = Line2D([], [], color=BEST, marker="o", linewidth=1.2, markersize=6, markeredgewidth=0)
    dot = Line2D([], [], color=GREY, marker="o", linestyle="", alpha=0.6, markersize=5, markeredgewidth=0)
    beaten = len(found.front) < len(found.values)
    return Key([(on_it, "Pareto front"), *([(dot, "dominated")] if beaten else [])])


def _notes(found: Pareto) -> list[str]:
    notes = []
    if len(found.front):
        numbers = ", ".join(str(found.numbers[place]) for place in found.front)
        notes.append(f"On the front: trial{'s' if len(found.front) > 1 else ''} {numbers}.")
    if found.others:
        notes.append(f"Without values: {', '.join(f'{n} {outcome}' for outcome, n in found.others.items())}.")
    return notes

"""The intermediate values that the trials of a search reported, and where trials were pruned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, COLOURS, GREY
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.figures.search.axes import count_scale, objective_scale, right_margin, set_axes
from zerosweep.figures.search.marks import mark, put, without_value
from zerosweep.figures.search.trials import DrawnTrial, best_first, polyline
from zerosweep.metrics import axis_title

WIDTH, HEIGHT = 6.6, 4.0
"""Size of the panel in inches."""

MANY = 200
"""With more curves than this, lines are thin and light."""


@dataclass(frozen=True)
class Intermediate:
    """The curves of a search's trials.

    Attributes:
        curves: Steps and values of each trial but the best, shape (n, 2), by outcome.
        best: The curve of the best trial, shape (n, 2); None if it reported nothing.
        number: The number of the best trial; None if it reported nothing.
        silent: Number of trials that reported nothing, by outcome.
    """

    curves: Mapping[str, Sequence[Floats]]
    best: Floats | None
    number: int | None
    silent: Mapping[str, int]


def intermediate(trials: Sequence[DrawnTrial], direction: str) -> Intermediate:
    """Return the curves of the trials.

    Args:
        direction: maximize or minimize the first objective, which decides the best trial.
    """
    best = best_first(trials, direction)[:1]
    curves: dict[str, list[Floats]] = {}
    silent: Counter[str] = Counter()
    highlighted, number = None, None
    for trial in trials:
        points = polyline(trial.curve)
        if not len(points):
            silent[trial.outcome] += 1
        elif best and trial is best[0]:
            highlighted, number = points, trial.number
        else:
            curves.setdefault(trial.outcome, []).append(points)
    return Intermediate(curves, highlighted, number, silent)


@np.errstate(all="ignore")
def draw(found: Intermediate, metric: str, title: str) -> Figure:
    """Draw all curves in one panel. Those of pruned, failed and diverged trials end with the mark of their outcome."""
    xs, ys = _axes(found, metric)
    left, below = 0.35 + width_of(ys.labels), 0.48
    body = left + WIDTH + right_margin(xs), below + HEIGHT + 0.12
    sheet = new_sheet(body, [(left, below, WIDTH, HEIGHT)], title, _key(found), _notes(found))
    set_axes(sheet.axes[0], xs, ys)
    _paint(sheet.axes[0], found, ys)
    sheet.write(left + WIDTH / 2, EDGE, "step", ha="center", va="bottom")
    sheet.write(EDGE, below + HEIGHT / 2, axis_title(metric), rotation=90, va="center")
    return sheet.figure


def _axes(found: Intermediate, metric: str) -> tuple[Scale, Scale]:
    """Return the axes of steps and values. Curves of diverged and failed trials do not extend them."""
    best = [] if found.best is None else [found.best]
    every = [*best, *(curve for curves in found.curves.values() for curve in curves)]
    sound = [
        *best,
        *(
            curve
            for outcome, curves in found.curves.items()
            if outcome not in ("diverged", "failed")
            for curve in curves
        ),
    ]
    values = np.concatenate([curve[:, 1] for curve in sound or every])
    steps = np.concatenate([curve[:, 0] for curve in every])
    return count_scale(steps, 6), objective_scale(metric, values)


def _paint(ax: Axes, found: Intermediate, ys: Scale) -> None:
    """Draw the curves, the marks at their ends, and the best curve on top."""
    many = sum(map(len, found.curves.values())) > MANY
    thin, alpha = (0.6, 0.15) if many else (1.0, 0.65)
    outcomes = without_value(found.curves)
    for outcome in [*outcomes, *(["complete"] if "complete" in found.curves else [])]:
        colour = COLOURS[0] if outcome == "complete" else GREY
        lines = LineCollection(found.curves[outcome], colors=colour, linewidths=thin, alpha=alpha, zorder=2)
        lines.set_antialiased(not many)  # the PNG of many smooth lines would be large
        ax.add_collection(lines, autolim=False)
        single = np.array([curve[0] for curve in found.curves[outcome] if len(curve) == 1]).reshape(-1, 2)
        if outcome == "complete" and len(single):
            ax.plot(*single.T, "o", color=colour, markersize=3, alpha=alpha, clip_on=False)
    for outcome in outcomes:
        ends = np.array([curve[-1] for curve in found.curves[outcome]])
        put(ax, outcome, ends[:, 0], np.clip(ends[:, 1], ys.low, ys.high), 3 if many else 5)
    if found.best is not None:
        few = len(found.best) == 1
        ax.plot(*found.best.T, color=BEST, linewidth=2, marker="o" if few else None, zorder=4, clip_on=False)


def _key(found: Intermediate) -> Key:
    entries = []
    if found.best is not None:
        entries.append((Line2D([], [], color=BEST, linewidth=2), f"best: trial {found.number}"))
    if "complete" in found.curves:
        entries.append((Line2D([], [], color=COLOURS[0], linewidth=1), "complete"))
    for outcome in without_value(found.curves):
        line = mark(outcome)
        line.set(linestyle="-", linewidth=1)
        entries.append((line, f"{outcome} here"))
    return Key(entries)


def _notes(found: Intermediate) -> list[str]:
    if not found.silent:
        return []
    counts = ", ".join(f"{count} {outcome}" for outcome, count in found.silent.items())
    return [f"Trials that reported nothing: {counts}."]

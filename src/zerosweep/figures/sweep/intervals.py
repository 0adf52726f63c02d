"""Final values of every combination of levels: the single runs, their mean and its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, is_share, scale
from zerosweep.figures.drawing.compared import Combination, Compared, levels_of
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.figures.drawing.palette import COLOURS, GREY
from zerosweep.figures.drawing.sheet import EDGE, SMALL, Key, from_to, page, width_of
from zerosweep.figures.sweep.final_values import FinalValues, best_first, outcomes
from zerosweep.metrics import NEITHER

MOST_ROWS = 40
"""More combinations than these are not drawn."""

ROW = 0.21
"""Inches from row to row."""

BELOW = 0.27
"""Of a row, how far below the interval its single runs are: on it they could not be seen."""

PLOT = 4.6
"""Inches that the axis is wide."""


@dataclass(frozen=True)
class Intervals:
    """rows: at most MOST_ROWS, from the best mean to the worst where they are `ranked`, then those without a value; left_out: how many
    more there are."""

    rows: Mapping[Combination, FinalValues]
    left_out: int
    ranked: bool = True


def intervals(runs: Sequence[Compared], factors: Sequence[str], direction: str) -> Intervals:
    """A row for every combination of levels of these factors. direction: maximize, minimize or neither."""
    found = outcomes(runs, factors)
    order = best_first(found, direction)
    rows = {key: found[key] for key in order[:MOST_ROWS]}
    return Intervals(rows, max(0, len(order) - MOST_ROWS), ranked=direction != NEITHER)


@np.errstate(all="ignore")
def draw(
    found: Intervals, factors: Sequence[str], names: Mapping[str, Mapping[str, str]], y: str, title: str
) -> Figure:
    """factors: a column each, left of the axis; names: of each, how its levels are written."""
    rows = list(found.rows.values())
    finals = np.concatenate([np.array([]), *(o.values for o in rows)])
    share = is_share(y, finals)
    ends = spans(rows, share)
    widths = [width_of([factor, *(names[factor][c[i]] for c in found.rows)]) + 0.15 for i, factor in enumerate(factors)]
    axis, told = _scale(finals, ends), [o.told for o in rows]
    beside = width_of(axis.labels) / 2  # half of a number may stand beside the axis
    left, right = max(EDGE + 0.1 + sum(widths), EDGE + beside), max(0.15 + width_of(told), EDGE + beside)
    slots = max(len(rows), 3)
    below, tall = 0.5, slots * ROW
    body = left + PLOT + right, below + tall + (0.26 if factors else 0.08)
    sheet = page(body, [(left, below, PLOT, tall)], title, _key(rows, share), _notes(found))
    _axis(sheet.axes[0], axis, len(rows), slots)
    _draw_rows(sheet.axes[0], rows, ends)
    middles = below + tall - (np.arange(len(rows)) + 0.5) * ROW
    place = EDGE
    for i, (factor, width) in enumerate(zip(factors, widths, strict=True)):
        sheet.write(place, below + tall + 0.06, factor, color=GREY)
        for middle, combination in zip(middles, found.rows, strict=True):
            sheet.write(place, middle, names[factor][combination[i]], va="center_baseline")
        place += width
    for middle, text in zip(middles, told, strict=True):
        if text:
            sheet.write(left + PLOT + 0.1, middle, text, va="center_baseline", color=GREY)
    sheet.write(left + PLOT / 2, EDGE, y, ha="center")
    return sheet.figure


def spans(rows: Sequence[FinalValues], share: bool) -> Floats:
    """(n, 2): where the 95 % interval of every row begins and ends; NaN without one. That of a share is cut at 0 and 1."""
    ends = np.array([(o.mean - o.half, o.mean + o.half) for o in rows], np.float64).reshape(-1, 2)
    return np.clip(ends, 0, 1) if share else drawable(ends)


def _scale(finals: Floats, ends: Floats) -> Scale:
    """From the least to the largest of all runs and intervals; of the runs alone where it is logarithmic."""
    axis = scale(finals, ticks=6)
    return axis if axis.log else scale(np.concatenate([finals, ends[np.isfinite(ends)]]), ticks=6)


def _axis(ax: Axes, axis: Scale, rows: int, slots: int) -> None:
    if axis.log:
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(axis.low, axis.high), ylim=(slots - 0.5, -0.5))
    ax.set_xticks(axis.ticks, axis.labels)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.grid(True, axis="x", color="#dddddd", linewidth=0.6)
    ax.hlines(np.arange(rows), axis.low, axis.high, color="#eeeeee", linewidth=0.6, zorder=0.5)
    ax.set_axisbelow(True)


def _draw_rows(ax: Axes, rows: Sequence[FinalValues], ends: Floats) -> None:
    colour = COLOURS[0]
    repeated = [row for row, o in enumerate(rows) if len(o.values) > 1]
    if repeated:
        x = np.concatenate([rows[row].values for row in repeated])
        below = np.repeat(repeated, [len(rows[row].values) for row in repeated]) + BELOW
        ax.plot(x, below, "o", color=colour, alpha=0.35, markersize=4, markeredgewidth=0, clip_on=False)
        low, high = np.clip(ends[repeated], *ax.get_xlim()).T
        ax.hlines(repeated, low, high, color=colour, linewidth=1.8)
    means = [(o.mean, row) for row, o in enumerate(rows) if len(o.values)]
    if means:
        ax.plot(*zip(*means, strict=True), "o", color=colour, markersize=5, clip_on=False)


def _key(rows: Sequence[FinalValues], share: bool) -> Key:
    if not any(len(o.values) > 1 for o in rows):
        return Key([])
    interval = "mean and its 95 % interval" + (", within 0 and 1" if share else "")
    mean = Line2D([], [], color=COLOURS[0], marker="o", markersize=5, linewidth=1.8)
    single = Line2D([], [], color=COLOURS[0], marker="o", linestyle="", alpha=0.35, markersize=4, markeredgewidth=0)
    return Key([(mean, interval), (single, f"single run ({from_to(o.runs for o in rows)} each)")])


def _notes(found: Intervals) -> list[str]:
    if not found.left_out:
        return []
    which = "none of them is better" if found.ranked else "these are the first"
    return [f"{found.left_out} more combinations are not drawn: {which}."]


def named(runs: Sequence[Compared], factors: Sequence[str]) -> dict[str, dict[str, str]]:
    """How the levels of each factor are written."""
    return {factor: written(levels_of(runs, factor)) for factor in factors}

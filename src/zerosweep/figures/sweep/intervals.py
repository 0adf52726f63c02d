"""The figure `intervals`: final values, mean and 95 % interval of each combination of levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, has_unit_range, scale
from zerosweep.figures.drawing.compared import Combination, ComparedRun
from zerosweep.figures.drawing.lettering import SMALL, width_of
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.figures.drawing.palette import BLUE, GREY, line_styles
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, count_range, new_sheet
from zerosweep.figures.drawing.words import Titles, setting_words
from zerosweep.figures.sweep.final_values import FinalValues, by_mean, final_values
from zerosweep.metrics import NEITHER, axis_title

MOST_ROWS = 40
"""The most combinations that are drawn."""

ROW = 0.21
"""Distance from row to row in inches."""

BELOW = 0.27
"""Distance of the single runs below their interval, as a fraction of a row: on it they could not be seen."""

PLOT, LEAST_PLOT = 4.6, 2.2
"""The largest and the least width of the axis in inches."""


OPTIMIZER, DARK = "optimizer", "#444444"
"""The factor that gives rows their colours, and the colour of the samples in the key."""


@dataclass(frozen=True)
class Intervals:
    """The rows of the figure.

    Attributes:
        rows: Final values by combination of levels, at most `MOST_ROWS`; those without a value are last.
        left_out: Number of combinations that are not drawn.
        ranked: Whether the rows are from the best mean to the worst, instead of in the order of the levels.
    """

    rows: Mapping[Combination, FinalValues]
    left_out: int
    ranked: bool = True


def intervals(runs: Sequence[ComparedRun], factors: Sequence[str], direction: str) -> Intervals:
    """Return a row for each combination of levels of these factors. direction: maximize, minimize or neither."""
    found = final_values(runs, factors)
    order = by_mean(found, direction)
    rows = {key: found[key] for key in order[:MOST_ROWS]}
    return Intervals(rows, max(0, len(order) - MOST_ROWS), ranked=direction != NEITHER)


@np.errstate(all="ignore")
def draw(found: Intervals, factors: Sequence[str], labels: Titles, y: str, title: str) -> Figure:
    """Draw a row for each combination, on one axis.

    Args:
        found: The rows.
        factors: Each has a column left of the axis.
        labels: The text of each level of each factor.
        y: The label of the metric.
        title: The title of the figure.
    """
    rows = list(found.rows.values())
    finals = np.concatenate([np.array([]), *(row.values for row in rows)])
    unit_range = has_unit_range(y, finals)
    ends = spans(rows, unit_range)
    names = setting_words(factors)
    widths = [
        width_of([names[factor], *(labels[factor][c[i]] for c in found.rows)]) + 0.15
        for i, factor in enumerate(factors)
    ]
    axis, troubles = _scale(finals, ends), [row.troubles_label for row in rows]
    beside = width_of(axis.labels) / 2  # half of an outer number is beside the axis
    left, right = max(EDGE + 0.1 + sum(widths), EDGE + beside), max(0.15 + width_of(troubles), EDGE + beside)
    slots = max(len(rows), 3)
    plot = max(LEAST_PLOT, min(PLOT, WIDEST - left - right))
    below, tall = 0.5, slots * ROW
    body = left + plot + right, below + tall + (0.26 if factors else 0.08)
    sheet = new_sheet(body, [(left, below, plot, tall)], title, _key(rows, unit_range), _notes(found))
    _axis(sheet.axes[0], axis, len(rows), slots)
    colours = colours_of(list(found.rows), factors)
    _draw_rows(sheet.axes[0], rows, ends, colours)
    middles = below + tall - (np.arange(len(rows)) + 0.5) * ROW
    place = EDGE
    for i, (factor, width) in enumerate(zip(factors, widths, strict=True)):
        sheet.write(place, below + tall + 0.06, names[factor], color=GREY)
        for middle, combination in zip(middles, found.rows, strict=True):
            sheet.write(place, middle, labels[factor][combination[i]], va="center_baseline")
        place += width
    for middle, text in zip(middles, troubles, strict=True):
        if text:
            sheet.write(left + plot + 0.1, middle, text, va="center_baseline", color=GREY)
    sheet.write(left + plot / 2, EDGE, axis_title(y), va="bottom", ha="center")
    return sheet.figure


def spans(rows: Sequence[FinalValues], unit_range: bool) -> Floats:
    """Return both ends of the 95 % interval of each row, shape (n, 2); NaN where there is none.

    On a unit range the ends are limited to 0 and 1.
    """
    ends = np.array([(row.mean - row.half, row.mean + row.half) for row in rows], np.float64).reshape(-1, 2)
    return np.clip(ends, 0, 1) if unit_range else drawable(ends)


def _scale(finals: Floats, ends: Floats) -> Scale:
    """Return the scale of all runs and their intervals; a logarithmic one spans the runs alone."""
    axis = scale(finals, ticks=6)
    return axis if axis.log else scale(np.concatenate([finals, ends[np.isfinite(ends)]]), ticks=6)


def _axis(ax: Axes, axis: Scale, rows: int, slots: int) -> None:
    """Set the scale of the panel, with a line for each row; slots: rows that there is space for."""
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


def colours_of(combinations: Sequence[Combination], factors: Sequence[str]) -> list[str]:
    """Return the colour of each row: that of its optimizer where optimizers varied, else one for all."""
    if OPTIMIZER not in factors:
        return [BLUE] * len(combinations)
    place = factors.index(OPTIMIZER)
    styles = line_styles(list(dict.fromkeys(each[place] for each in combinations)), OPTIMIZER).by_level
    return [styles[each[place]].colour for each in combinations]


def _draw_rows(ax: Axes, rows: Sequence[FinalValues], ends: Floats, colours: Sequence[str]) -> None:
    """Draw the mean of each row, and for repeats the interval and the single runs."""
    for row, (final, colour) in enumerate(zip(rows, colours, strict=True)):
        if final.runs > 1 and len(final.values):
            below = np.full(len(final.values), row + BELOW)
            ax.plot(final.values, below, "o", color=colour, alpha=0.4, markersize=4, markeredgewidth=0, clip_on=False)
            ax.hlines(row, *np.clip(ends[row], *ax.get_xlim()), color=colour, linewidth=1.8)
        if final.has_mean:
            ax.plot(final.mean, row, "o", color=colour, markersize=5, clip_on=False)


def _key(rows: Sequence[FinalValues], unit_range: bool) -> Key:
    if not any(len(row.values) > 1 for row in rows):
        return Key([])
    interval = "mean and its 95 % interval" + (", within 0 and 1" if unit_range else "")
    mean = Line2D([], [], color=DARK, marker="o", markersize=5, linewidth=1.8)
    single = Line2D([], [], color=DARK, marker="o", linestyle="", alpha=0.35, markersize=4, markeredgewidth=0)
    return Key([(mean, interval), (single, f"single run ({count_range(row.runs for row in rows)} each)")])


def _notes(found: Intervals) -> list[str]:
    if not found.left_out:
        return []
    which = "none of them is better" if found.ranked else "these are the first"
    return [f"{found.left_out} more combinations are not drawn: {which}."]

"""The objective of a search against each of its settings.

`slices` finds what is shown, and `draw` draws it: a panel for each setting, with one axis for the objective and one
colour bar for the trials' numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.lettering import LINE, SMALL, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, shades
from zerosweep.figures.drawing.panels import columns_of
from zerosweep.figures.drawing.sheet import BAR, EDGE, WIDEST, Box, Key, bar_width, new_sheet
from zerosweep.figures.search.axes import count_scale, objective_scale, panel_gap, set_axes
from zerosweep.figures.search.marks import Strip, mark, without_value
from zerosweep.figures.search.settings import Setting
from zerosweep.figures.search.trials import DrawnTrial, best_first, by_outcome, completed, objective
from zerosweep.metrics import axis_title
from zerosweep.naming import level_title, words

MOST_PANELS = 12
"""The most settings that are drawn."""

WIDE = 5.6
"""Width of a panel that is alone, in inches."""

MOST_COLUMNS = 4
"""The most panels beside each other."""


@dataclass(frozen=True)
class Slice:
    """The trials of a search against one setting.

    Attributes:
        setting: The setting.
        places: Places along its axis of the complete trials that have it, shape (n,), by the trials' numbers.
        values: Their objective values, shape (n,).
        numbers: Their numbers, shape (n,).
        others: Places along the axis of the trials without a value, shape (m,), by outcome.
        absent: Number of trials that do not have the setting.
        best: Place and value of the best trial; None if it does not have the setting.
    """

    setting: Setting
    places: Floats
    values: Floats
    numbers: Floats
    others: Mapping[str, Floats]
    absent: int
    best: tuple[float, float] | None

    @property
    def trials(self) -> int:
        """Number of all trials, with and without the setting."""
        return len(self.places) + sum(map(len, self.others.values())) + self.absent


def slices(trials: Sequence[DrawnTrial], settings: Sequence[Setting], direction: str) -> list[Slice]:
    """Return the slice of each setting, in their order.

    Args:
        direction: maximize or minimize the first objective, which decides the best trial.
    """
    done, groups = completed(trials), by_outcome(trials)
    values, numbers = objective(done), np.array([trial.number for trial in done], np.float64)
    best = best_first(done, direction)[:1]
    found = []
    for setting in settings:
        places = setting.places(done)
        has = ~np.isnan(places)
        others = {outcome: _present(setting.places(groups[outcome])) for outcome in without_value(groups)}
        others = {outcome: there for outcome, there in others.items() if len(there)}
        absent = len(trials) - int(has.sum()) - sum(map(len, others.values()))
        at = _present(setting.places(best))
        ring = (float(at[0]), float(objective(best)[0])) if len(at) else None
        found.append(Slice(setting, places[has], values[has], numbers[has], others, absent, ring))
    return found


def _present(places: Floats) -> Floats:
    """Return the places that are not NaN."""
    return places[~np.isnan(places)]


@dataclass(frozen=True)
class SliceAxis:
    """The x axis of a panel, with what is written under it.

    Attributes:
        axis: The axis.
        name: Name of the setting, and how many trials have it.
        upright: Whether the ticks' labels are rotated by 90 degrees.
    """

    axis: Scale
    name: str
    upright: bool

    @property
    def height(self) -> float:
        """Inches under the panel that the labels and the name take."""
        lines = self.name.count("\n") + 1 + (not self.upright)
        return 0.2 + lines * SMALL * LINE + (width_of(self.axis.labels) if self.upright else 0.0)


@np.errstate(all="ignore")
def draw(found: Sequence[Slice], metric: str, direction: str, title: str, fixed: Mapping[str, str]) -> Figure:
    """Draw a panel for each setting.

    Args:
        found: One or more slices, of which the first `MOST_PANELS` are drawn.
        metric: Name of the objective.
        direction: maximize or minimize.
        fixed: The settings that did not vary, which are named below the panels.
    """
    shown = found[:MOST_PANELS]
    columns = min(columns_of(len(shown)), MOST_COLUMNS)
    values = np.concatenate([each.values for each in shown])
    numbers = np.concatenate([each.numbers for each in shown])
    ys = objective_scale(metric, values, 4)
    left = 0.35 + width_of(ys.labels)
    ticks = 5 if columns < 3 else 3
    gap = panel_gap(each.setting.axis(ticks) for each in shown if each.setting.numeric)
    width = min(WIDE, (WIDEST - left - bar_width(count_scale(numbers, 5))) / columns - gap)
    height = max(min(0.85 * width, 3.4), 1.5)
    under = [_under(each, width, ticks) for each in shown]
    boxes, tall = _boxes(under, columns, (width, height), left, gap)
    colours = count_scale(numbers, 5)
    colours = Scale(0.0, colours.high, False, colours.ticks, colours.labels)
    right = left + columns * (width + gap)
    sheet = new_sheet((right + bar_width(colours), tall), boxes, title, _key(shown), _notes(found, fixed))
    strip = Strip(without_value(outcome for each in shown for outcome in each.others), direction, height)
    limits = strip.within(ys)
    size = 5.0 if len(shown[0].numbers) <= 100 else 4.0 if len(shown[0].numbers) <= 300 else 3.0
    for i, (ax, each, foot) in enumerate(zip(sheet.axes, shown, under, strict=True)):
        set_axes(ax, foot.axis, limits, numbers=(True, i % columns == 0), upright=foot.upright)
        ax.set_xlabel(foot.name, fontsize=SMALL, labelpad=2, parse_math=False)
        _paint(ax, each, colours, size)
        strip.paint(ax, each.others, size)
    sheet.write(EDGE, tall / 2, axis_title(metric), rotation=90, va="center")
    bar = min(tall - boxes[-1][1], 4.5) - 0.15
    sheet.colour_bar((right, (tall + boxes[-1][1] - 0.15 - bar) / 2, BAR, bar), colours, shades(), "trial")
    return sheet.figure


def _under(each: Slice, width: float, ticks: int) -> SliceAxis:
    """Return the axis, with about so many `ticks`, of a panel of this `width` in inches."""
    setting = each.setting
    axis = setting.axis(ticks, width)
    name = words(setting.name) + (f" (in {each.trials - each.absent} of {each.trials} trials)" if each.absent else "")
    per_label = (width - 0.1) / max(len(axis.labels), 1)
    return SliceAxis(axis, wrapped(name, width + 0.1), not setting.numeric and width_of(axis.labels) + 0.06 > per_label)


def _boxes(
    under: Sequence[SliceAxis], columns: int, size: tuple[float, float], left: float, gap: float
) -> tuple[list[Box], float]:
    """Return the boxes of the panels in reading order, and the height of all in inches.

    Args:
        under: The x axis of each panel. A row leaves as much below its panels as the highest of its axes needs.
        size: Width and height of a panel in inches.
        left: Inches left of the first column.
        gap: Inches between columns.
    """
    width, height = size
    feet = [max(each.height for each in under[start : start + columns]) for start in range(0, len(under), columns)]
    rows = [sum(feet[row:]) + (len(feet) - 1 - row) * (height + 0.15) for row in range(len(feet))]
    boxes = [(left + i % columns * (width + gap), rows[i // columns], width, height) for i in range(len(under))]
    return boxes, rows[0] + height + 0.15


def _paint(ax: Axes, each: Slice, colours: Scale, size: float) -> None:
    """Draw the complete trials in the colour of their number, with dots of `size` points, and ring the best."""
    if len(each.values):
        shade = shades()(colours.fraction(each.numbers))
        ax.scatter(each.places, each.values, s=size**2, c=shade, linewidths=0, clip_on=False, zorder=2.5)
    if each.best:
        ax.plot(*each.best, "o", color=BEST, fillstyle="none", markersize=size + 4, markeredgewidth=1.5, clip_on=False)


def _key(shown: Sequence[Slice]) -> Key:
    entries = [
        (mark(outcome), outcome) for outcome in without_value(outcome for each in shown for outcome in each.others)
    ]
    if any(each.best for each in shown):
        ring = Line2D([], [], linestyle="", marker="o", color=BEST, fillstyle="none", markersize=8, markeredgewidth=1.5)
        entries.append((ring, "best"))
    return Key(entries)


def _notes(found: Sequence[Slice], fixed: Mapping[str, str]) -> list[str]:
    notes = []
    if len(found) > MOST_PANELS:
        notes.append(f"{len(found) - MOST_PANELS} more settings are not drawn: none of them is more important.")
    if fixed:
        notes.append(f"The same in all trials that have it: {', '.join(level_title(n, v) for n, v in fixed.items())}.")
    return notes

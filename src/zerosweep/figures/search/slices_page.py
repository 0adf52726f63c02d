"""Slices drawn: a panel for each setting, with one axis for the objective and one colour bar for the trials' numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.palette import BEST, shades
from zerosweep.figures.drawing.panels import columns_of
from zerosweep.figures.drawing.sheet import BAR, EDGE, LINE, SMALL, Box, Key, bar_width, new_sheet, width_of, wrapped
from zerosweep.figures.search.axes import between, counting, lay_out, of_objective
from zerosweep.figures.search.marks import Strip, mark, without_value
from zerosweep.figures.search.slices import MOST_PANELS, Slice

WIDTHS = {1: 5.6, 2: 3.8, 3: 2.9, 4: 2.5}
"""Inches of a panel, by the number of columns."""


@dataclass(frozen=True)
class SliceAxis:
    """A panel's axis, and what is written under it. upright: whether its numbers are."""

    axis: Scale
    name: str
    upright: bool

    @property
    def height(self) -> float:
        """Inches."""
        lines = self.name.count("\n") + 1 + (not self.upright)
        return 0.2 + lines * SMALL * LINE + (width_of(self.axis.labels) if self.upright else 0.0)


@np.errstate(all="ignore")
def draw(found: Sequence[Slice], metric: str, direction: str, title: str, fixed: Mapping[str, str]) -> Figure:
    """found: of one setting or more, of which MOST_PANELS are drawn. fixed: the settings that did not vary, which are told."""
    shown = found[:MOST_PANELS]
    columns = min(columns_of(len(shown)), 4)
    width = WIDTHS[columns]
    height = min(0.85 * width, 3.4)
    values = np.concatenate([each.values for each in shown])
    numbers = np.concatenate([each.numbers for each in shown])
    ys = of_objective(metric, values, 4)
    under = [_under(each, width) for each in shown]
    left = 0.35 + width_of(ys.labels)
    gap = between(foot.axis for each, foot in zip(shown, under, strict=True) if each.setting.numeric)
    boxes, tall = _boxes(under, columns, (width, height), left, gap)
    colours = counting(numbers, 5)
    colours = Scale(0.0, colours.high, False, colours.ticks, colours.labels)
    right = left + columns * (width + gap)
    sheet = new_sheet((right + bar_width(colours), tall), boxes, title, _key(shown), _notes(found, fixed))
    strip = Strip(without_value(outcome for each in shown for outcome in each.others), direction, height)
    limits = strip.within(ys)
    size = 5.0 if len(shown[0].numbers) <= 100 else 4.0 if len(shown[0].numbers) <= 300 else 3.0
    for i, (ax, each, foot) in enumerate(zip(sheet.axes, shown, under, strict=True)):
        lay_out(ax, foot.axis, limits, numbers=(True, i % columns == 0), upright=foot.upright)
        ax.set_xlabel(foot.name, fontsize=SMALL, labelpad=2, parse_math=False)
        _paint(ax, each, colours, size)
        strip.paint(ax, each.others, size)
    sheet.write(EDGE, tall / 2, metric, rotation=90, va="center")
    bar = min(tall - boxes[-1][1], 4.5) - 0.15
    sheet.colour_bar((right, (tall + boxes[-1][1] - 0.15 - bar) / 2, BAR, bar), colours, shades(), "trial")
    return sheet.figure


def _under(each: Slice, width: float) -> SliceAxis:
    setting = each.setting
    axis = setting.axis(3 if width < WIDTHS[2] else 5)
    name = setting.name + (f" (in {each.trials - each.absent} of {each.trials} trials)" if each.absent else "")
    room = (width - 0.1) / max(len(axis.labels), 1)
    return SliceAxis(axis, wrapped(name, width + 0.1), not setting.numeric and width_of(axis.labels) + 0.06 > room)


def _boxes(
    under: Sequence[SliceAxis], columns: int, size: tuple[float, float], left: float, gap: float
) -> tuple[list[Box], float]:
    """In reading order, and the height of all. A row is as high as what is written under it needs."""
    width, height = size
    feet = [max(each.height for each in under[start : start + columns]) for start in range(0, len(under), columns)]
    rows = [sum(feet[row:]) + (len(feet) - 1 - row) * (height + 0.15) for row in range(len(feet))]
    boxes = [(left + i % columns * (width + gap), rows[i // columns], width, height) for i in range(len(under))]
    return boxes, rows[0] + height + 0.15


def _paint(ax: Axes, each: Slice, colours: Scale, size: float) -> None:
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
        notes.append(f"The same in all trials that have it: {', '.join(f'{n}={v}' for n, v in fixed.items())}.")
    return notes

"""Panels that are drawn on the sheet itself, without Matplotlib's axes: those take longer to make than to fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.collections import LineCollection

from zerosweep.figures.drawing.axes import Scale, scale, tick_labels
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.sheet import Box, Sheet

TICK, PAD = 0.03, 0.04
"""Length of a tick and the space between it and its number, in inches."""

GRID = "#dddddd"
"""Colour of the lines behind the curves."""

NUMBERS, ROW = 0.2, 0.17
"""Inches below a panel for the numbers of its steps, and for each further row of text."""


@dataclass(frozen=True)
class Frame:
    """A panel with a horizontal and a vertical scale.

    Attributes:
        sheet: The sheet that it is on.
        box: Its place in inches from the corner of the body.
        xs: The horizontal scale.
        ys: The vertical scale.
        title: Written above the panel.
        curves: Colour, x and y of each line that is drawn.
    """

    sheet: Sheet
    box: Box
    xs: Scale
    ys: Scale
    title: str = ""
    curves: list[tuple[str, Floats, Floats]] = field(default_factory=list)

    def points(self, x: Floats, y: Floats) -> Floats:
        """Return the places of these numbers in inches from the corner of the body, shape (n, 2).

        A number beyond a scale is at its end.
        """
        left, bottom, width, height = self.box
        return np.stack([left + self.xs.fraction(x) * width, bottom + self.ys.fraction(y) * height], axis=1)

    def draw(self) -> None:
        """Draw the lines of the grid, both axes with their numbers, and the title above."""
        self.sheet.figure.frames.append(self)
        left, bottom, width, height = self.box
        across = left + self.xs.fraction(self.xs.ticks) * width
        up = bottom + self.ys.fraction(self.ys.ticks) * height
        grid = [[(x, bottom), (x, bottom + height)] for x in across] + [[(left, y), (left + width, y)] for y in up]
        ticks = [[(x, bottom), (x, bottom - TICK)] for x in across] + [[(left, y), (left - TICK, y)] for y in up]
        corner = [(left, bottom + height), (left, bottom), (left + width, bottom)]
        self.sheet.add(LineCollection(grid, color=GRID, linewidth=0.6, zorder=0.5))
        self.sheet.add(LineCollection([corner, *ticks], color="black", linewidth=0.8, zorder=1.5))
        for x, text in zip(across, self.xs.labels, strict=True):
            self.sheet.write(x, bottom - TICK - PAD, text, ha="center", va="top")
        for place, text in zip(up, self.ys.labels, strict=True):
            self.sheet.write(left - TICK - PAD, place, text, ha="right", va="center")
        self.sheet.write(left, bottom + height + 0.09, self.title)

    def line(
        self, x: Floats, y: Floats, colour: str, *, width: float = 1.4, dashes: str = "-", marks: bool = False
    ) -> None:
        """Draw a line through these points, with a dot at each where there are `marks`."""
        self.curves.append((colour, x, y))
        self.sheet.line(self.points(x, y), color=colour, linewidth=width, linestyle=dashes,
                        marker="o" if marks else None, markersize=3, solid_capstyle="round")  # fmt: skip

    def mark(self, x: float, y: float, marker: str, colour: str) -> None:
        """Draw a mark at a point."""
        place = self.points(np.array([x]), np.array([y]))
        self.sheet.line(place, color=colour, linestyle="", marker=marker, markersize=6, markeredgewidth=1.6, zorder=4)


def left_of(scales: Sequence[Scale]) -> float:
    """Return the inches that the numbers of the widest of these vertical scales need left of a panel."""
    return TICK + PAD + width_of([label for each in scales for label in each.labels])


def step_rows(per_epoch: int | None) -> float:
    """Return the inches below a panel for its steps, and for its epochs where there are any."""
    return NUMBERS + ROW + (0.05 if per_epoch else 0.0)


def name_steps(sheet: Sheet, box: Box, xs: Scale, per_epoch: int | None, *, name: str = "step") -> None:
    """Write the name of the horizontal axis below a panel, and a second axis of epochs where there are any.

    Args:
        sheet: The sheet.
        box: The place of the panel.
        xs: The scale of the steps.
        per_epoch: Number of steps in an epoch; None where there are no epochs.
        name: The name of a step.
    """
    left, bottom, width, _ = box
    if not per_epoch:
        sheet.write(left + width / 2, bottom - NUMBERS, name, ha="center", va="top")
        return
    write_epochs(sheet, box, xs, per_epoch, named=True, name=name)


def write_epochs(sheet: Sheet, box: Box, xs: Scale, per_epoch: int, *, named: bool, name: str = "step") -> None:
    """Draw a second axis of epochs below a panel and the numbers of its steps. named: whether both have their names."""
    left, bottom, width, _ = box
    room = width_of(xs.labels[:1]) / 2 + PAD
    if named:
        sheet.write(left - room, bottom - TICK - PAD, name, ha="right", va="top")
    epochs = epoch_scale(xs, per_epoch, max(2, int(width / 0.6)))
    level = bottom - NUMBERS - 0.02
    places = left + epochs.fraction(epochs.ticks) * width
    line = [(left, level), (left + width, level)]
    ticks = [[(x, level), (x, level - TICK)] for x in places]
    sheet.add(LineCollection([line, *ticks], color=GREY, linewidth=0.6))
    for x, text in zip(places, epochs.labels, strict=True):
        sheet.write(x, level - TICK - PAD, text, ha="center", va="top", color=GREY)
    if named:
        sheet.write(left - room, level - TICK - PAD, "epoch", ha="right", va="top", color=GREY)


def epoch_scale(xs: Scale, per_epoch: int, ticks: int) -> Scale:
    """Return the scale of epochs along the scale of steps, with ticks at integers."""
    low, high = xs.low / per_epoch, xs.high / per_epoch
    found = scale(np.array([low, high]), ticks=ticks, margin=0)
    whole = found.ticks[found.ticks == np.round(found.ticks)]
    if len(whole) < 2:  # less than an epoch: only its start can be an integer
        whole = np.array([0.0, 1.0])[: 1 + (high >= 1)]
    return Scale(low, high, False, whole, tick_labels(whole))

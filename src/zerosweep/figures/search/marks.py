"""The marks of trials without a value, and the strip at the worse end of an axis in which they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY, MARKS, OF_VERDICT, OTHER
from zerosweep.metrics import MAXIMIZE


def mark(outcome: str, size: float = 5) -> Line2D:
    """Return the mark of an outcome, of `size` points, as a line without points."""
    return Line2D([], [], linestyle="", marker=MARKS.get(outcome, OTHER), color=OF_VERDICT.get(outcome, GREY),
                  fillstyle="none", markersize=size, markeredgewidth=1)  # fmt: skip


def without_value(outcomes: Iterable[str]) -> list[str]:
    """Return each outcome but "complete" once, in the order of the key."""
    known = [*MARKS]
    found = sorted({*outcomes} - {"complete"})
    return sorted(found, key=lambda outcome: known.index(outcome) if outcome in known else len(known))


def put(ax: Axes, outcome: str, x: Floats, y: Floats, size: float = 5) -> None:
    """Draw the mark of an outcome at each of the places `x` and `y`, both of shape (n,)."""
    line = mark(outcome, size)
    line.set_data(x, y)
    line.set_clip_on(False)
    ax.add_line(line)


@dataclass(frozen=True)
class Strip:
    """A strip beyond the worst value of a y axis, with a row of marks for each outcome without a value.

    Attributes:
        outcomes: The outcomes, in the order of the rows.
        direction: maximize or minimize. The strip is at the bottom to maximize, and at the top to minimize.
        height: Height of the panel in inches.
        row: Height of a row in inches.
    """

    outcomes: Sequence[str]
    direction: str
    height: float
    row: float = 0.13

    @property
    def fraction(self) -> float:
        """Fraction of the panel's height that the strip takes."""
        return len(self.outcomes) * self.row / self.height

    def within(self, values: Scale) -> Scale:
        """Return the axis of the values, extended by the strip."""
        if not self.outcomes:
            return values
        taken = self.fraction + 0.03
        low, high = (log10(values.low), log10(values.high)) if values.log else (values.low, values.high)
        more = (high / 2 - low / 2) * (2 * taken / (1 - taken))  # halves: the difference may overflow
        low, high = (low - more, high) if self.direction == MAXIMIZE else (low, high + more)
        if values.log:
            low, high = 10.0 ** max(low, -307.0), 10.0 ** min(high, 307.0)
        return Scale(low, high, values.log, values.ticks, values.labels)

    def paint(self, ax: Axes, places: Mapping[str, Floats], size: float = 5) -> None:
        """Draw the strip with its marks.

        Args:
            places: The places of each outcome's trials along x, shape (n,).
            size: Size of a mark in points.
        """
        if not self.outcomes:
            return
        below = self.direction == MAXIMIZE
        transform = ax.get_xaxis_transform()
        corner = (0, 0 if below else 1 - self.fraction)
        ax.add_patch(
            Rectangle(corner, 1, self.fraction, color="#f3f3f3", linewidth=0, zorder=0.6, transform=ax.transAxes)
        )
        for i, outcome in enumerate(self.outcomes):
            x = places.get(outcome, np.array([]))
            middle = (i + 0.5) * self.row / self.height
            line = mark(outcome, size)
            line.set_data(x, np.full(len(x), 1 - middle if not below else middle))
            line.set(transform=transform, clip_on=False)
            ax.add_line(line)

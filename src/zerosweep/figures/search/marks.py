"""How trials without a value look, and the strip at the bad end of an axis in which they are marked."""

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
from zerosweep.figures.drawing.palette import GREY, MARKS, OTHER
from zerosweep.metrics import MAXIMIZE

DARK = "#222222"

STRONG = ("failed", "diverged")
"""Outcomes marked in `DARK`, the others in grey."""


def mark(outcome: str, size: float = 5) -> Line2D:
    """The mark of an outcome, as the key explains it. size: in points."""
    return Line2D([], [], linestyle="", marker=MARKS.get(outcome, OTHER), color=DARK if outcome in STRONG else GREY,
                  fillstyle="none", markersize=size, markeredgewidth=1)  # fmt: skip


def without_value(outcomes: Iterable[str]) -> list[str]:
    """Each outcome without a value once, in the order of the key."""
    known = [*MARKS]
    found = sorted({*outcomes} - {"complete"})
    return sorted(found, key=lambda outcome: known.index(outcome) if outcome in known else len(known))


def put(ax: Axes, outcome: str, x: Floats, y: Floats, size: float = 5) -> None:
    """Marks at these places."""
    line = mark(outcome, size)
    line.set_data(x, y)
    line.set_clip_on(False)
    ax.add_line(line)


@dataclass(frozen=True)
class Strip:
    """Of an axis of values: rows for trials without one, a row for each outcome, beyond the worst value.

    row, height: inches of a row, and of the whole panel. direction: maximize or minimize; the strip is at the bottom or top.
    """

    outcomes: Sequence[str]
    direction: str
    height: float
    row: float = 0.13

    @property
    def share(self) -> float:
        """Of the panel."""
        return len(self.outcomes) * self.row / self.height

    def within(self, values: Scale) -> Scale:
        """The axis of the values with room for the strip."""
        if not self.outcomes:
            return values
        taken = self.share + 0.03
        low, high = (log10(values.low), log10(values.high)) if values.log else (values.low, values.high)
        more = (high / 2 - low / 2) * (2 * taken / (1 - taken))  # halves: the difference may overflow
        low, high = (low - more, high) if self.direction == MAXIMIZE else (low, high + more)
        if values.log:
            low, high = 10.0 ** max(low, -307.0), 10.0 ** min(high, 307.0)
        return Scale(low, high, values.log, values.ticks, values.labels)

    def paint(self, ax: Axes, places: Mapping[str, Floats], size: float = 5) -> None:
        """places: of each outcome, along x."""
        if not self.outcomes:
            return
        below = self.direction == MAXIMIZE
        transform = ax.get_xaxis_transform()
        corner = (0, 0 if below else 1 - self.share)
        ax.add_patch(Rectangle(corner, 1, self.share, color="#f3f3f3", linewidth=0, zorder=0.6, transform=ax.transAxes))
        for i, outcome in enumerate(self.outcomes):
            x = places.get(outcome, np.array([]))
            middle = (i + 0.5) * self.row / self.height
            line = mark(outcome, size)
            line.set_data(x, np.full(len(x), 1 - middle if not below else middle))
            line.set(transform=transform, clip_on=False)
            ax.add_line(line)

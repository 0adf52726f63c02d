"""Layout of a grid of equal panels: the number of columns, the size of a panel and the place of each."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.lettering import SMALL
from zerosweep.figures.drawing.sheet import WIDEST, Box

SINGLE = 6.4
"""Width of a panel that is alone, in inches."""

HEIGHTS = {1: 3.4, 2: 2.5}
"""Height of a panel in inches, by the number of columns; of more columns it is `FLAT` times the width."""

FLAT = 0.78
"""Height of a panel as a multiple of its width, where there are three columns or more."""

GAP = 0.2
"""Inches between panels side by side."""


def columns_of(n: int, aligned: int = 1) -> int:
    """Return the number of columns for a grid of n panels: 4 for 16, 5 for 40.

    Of the usual number for n and its two neighbours, one that is a multiple of `aligned` is preferred, and among those
    one that fills the last row.

    Args:
        n: The number of panels.
        aligned: Levels of the factor that varies fastest: panels of the same level then stand below each other.
    """
    usual = n if n <= 3 else 2 if n == 4 else 3 if n <= 9 else 4 if n <= 16 else 5 if n <= 25 else 6
    near = [columns for columns in (usual, usual + 1, usual - 1) if 2 <= columns <= min(n, 6)]
    good = [columns for columns in near if columns % aligned == 0]
    best = [columns for columns in good if n % columns == 0]
    return (best or good or [max(usual, 1)])[0]


def panel_size(columns: int, around: float) -> tuple[float, float]:
    """Return width, with the gap to the next, and height of panels in so many columns that fill the widest sheet.

    Args:
        columns: The number of columns.
        around: Inches left and right of all panels.
    """
    width = SINGLE if columns == 1 else (WIDEST - around) / columns
    return min(width, WIDEST - around), HEIGHTS.get(columns, FLAT * (width - GAP))


def write_title(ax: Axes, text: str) -> None:
    """Write the title of a panel at a fixed place: Matplotlib would search for one among the labels."""
    ax.set_title(text, fontsize=SMALL, y=1.0, pad=4, loc="left", parse_math=False)


def set_ticks(ax: Axes, xs: Scale, ys: Scale, *, lowest: bool = True, first: bool = True) -> None:
    """Set the ticks of a panel, with numbers only below the `lowest` of a column and beside the `first` of a row."""
    ax.set_xticks(xs.ticks, xs.labels if lowest else [""] * len(xs.ticks))
    ax.set_yticks(ys.ticks, ys.labels if first else [""] * len(ys.ticks))
    ax.tick_params(labelsize=SMALL, length=2, pad=2)


@dataclass(frozen=True)
class PanelGrid:
    """The places of n equal panels. All lengths are in inches.

    Attributes:
        n: The number of panels.
        columns: The number of columns.
        width: Distance from the left side of a panel to that of the next in its row.
        height: Distance from the bottom of a panel to that of the one above it.
        above: Part of the height that is left for the title of a panel.
        left: Space left of all panels, for numbers and labels.
        below: Space below all panels, for numbers and labels.
    """

    n: int
    columns: int
    width: float
    height: float
    above: float
    left: float
    below: float = 0.5

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all panels together."""
        return self.columns * self.width, -(-self.n // self.columns) * self.height

    def boxes(self) -> list[Box]:
        """Return the place of each panel, in reading order."""
        top = self.below + self.size[1]
        return [
            (
                self.left + i % self.columns * self.width,
                top - (1 + i // self.columns) * self.height,
                self.width - GAP,
                self.height - self.above,
            )
            for i in range(self.n)
        ]

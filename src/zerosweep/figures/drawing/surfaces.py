"""Panels for surfaces f(x0, x1): all span the same range, and a unit is equally long along both axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.polynomial.polynomial import polygrid2d

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.lettering import SMALL, height_of, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of, set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, Sheet, new_sheet

WIDE = 5.0
"""Width of a panel that is alone, with the gap to the next, in inches."""

FLATTEST, TALLEST = 0.4, 1.2
"""Limits of a panel's height as a fraction of its width."""

MOST_PANELS = 24
"""The most panels of a figure."""


class SurfaceSheet:
    """A sheet with a panel for each surface.

    Attributes:
        sheet: The sheet, with its figure and panels.
        wide: Each panel spans ±wide along x0.
        high: Each panel spans ±high along x1.
    """

    def __init__(self, titles: Sequence[str], wide: float, high: float, title: str, key: Key, *, aligned: int = 1):
        """Lay out the panels.

        Args:
            titles: Title of each panel; more than `MOST_PANELS` are left out.
            wide: Least extent of a panel along x0. It is enlarged where a panel would be too tall.
            high: Least extent of a panel along x1. It is enlarged where a panel would be too flat.
            title: The title of the figure.
            key: Drawn above the panels.
            aligned: Levels of the last factor: panels of the same level stand below each other where possible.
        """
        shape = high / wide
        self.wide, self.high = max(wide, high / TALLEST), max(high, FLATTEST * wide)
        n, left_out = min(len(titles), MOST_PANELS), max(len(titles) - MOST_PANELS, 0)
        columns = columns_of(n, aligned)
        xs, ys = (scale(np.array([-end, end]), ticks=5, margin=0) for end in (self.wide, self.high))
        left = 0.3 + width_of(ys.labels)
        across = min(WIDE, (WIDEST - left) / columns)
        titles = [wrapped(text, across - GAP) for text in titles[:n]]
        above = 0.08 + height_of(titles)
        tall = (across - GAP) * min(max(shape, FLATTEST), TALLEST)
        grid = PanelGrid(n, columns, across, tall + above, above, left)
        notes = [f"{left_out} more panels are not drawn."] if left_out else []
        body = grid.left + grid.size[0], grid.below + grid.size[1]
        self.sheet: Sheet = new_sheet(body, grid.boxes(), title, key, notes)
        for i, (ax, text) in enumerate(zip(self.sheet.axes, titles, strict=True)):
            write_title(ax, text)
            ax.set(xlim=(xs.low, xs.high), ylim=(ys.low, ys.high))
            set_ticks(ax, xs, ys, lowest=i + columns >= n, first=i % columns == 0)
        self.sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "x₀", ha="center", va="bottom")
        self.sheet.write(EDGE, grid.below + (grid.size[1] - above) / 2, "x₁", rotation=90, va="center")

    def contours(self, ax: Axes, coefficients: Floats) -> None:
        """Draw lines of equal height on a panel, each a fixed ratio above the last."""
        x0, x1 = (np.linspace(-end, end, 151) for end in (self.wide, self.high))
        height = heights(coefficients, x0, x1)
        if 0 < (top := float(height.max())) < np.inf:
            levels = np.geomspace(top / 3000, top, 12)
            ax.contour(x0, x1, height, levels=levels, colors="#bbbbbb", linewidths=0.7)


def heights(coefficients: Floats, x0: Floats, x1: Floats) -> Floats:
    """Return f at each (x0[j], x1[i]), shape (n1, n0).

    Args:
        coefficients: a and b of a x0² + b x1², shape (2,), or c[i, j] of Σ c x0^i x1^j, shape (m, n).
        x0: Shape (n0,).
        x1: Shape (n1,).
    """
    if coefficients.ndim == 2:
        return np.asarray(polygrid2d(x0, x1, coefficients), np.float64).T
    return np.asarray(coefficients[0] * x0[None, :] ** 2 + coefficients[1] * x1[:, None] ** 2)


def annotate(ax: Axes, text: str) -> None:
    """Write a text into the lower left corner of a panel."""
    background = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    ax.text(0.02, 0.03, text, transform=ax.transAxes, ha="left", va="bottom", fontsize=SMALL, color=GREY,
            parse_math=False, bbox=background)  # fmt: skip

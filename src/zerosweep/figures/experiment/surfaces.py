"""Surfaces f = a x0² + b x1² side by side: one window for all panels, in which a unit is equally long along both axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of
from zerosweep.figures.drawing.sheet import EDGE, LINE, SMALL, Key, Sheet, page, width_of, wrapped

WIDTHS = {1: 5.0, 2: 3.6, 3: 3.2}
"""Of a panel, in inches, by the number of columns."""

NARROW = 2.6
"""Of a panel in more columns."""

FLATTEST, TALLEST = 0.4, 1.2
"""Of a panel: its height over its width."""

MOST_PANELS = 24


def titled(runs: Sequence[Compared], factors: Sequence[str]) -> list[tuple[str, Compared]]:
    """(the levels, a run) for every combination of levels, in order. Nothing is random on a surface: repeats are equal."""
    names = {factor: written(levels_of(runs, factor)) for factor in factors}
    return [
        (" ".join(f"{f}={names[f][level]}" for f, level in zip(factors, combination, strict=True)), repeats[0])
        for combination, repeats in by_levels(runs, factors).items()
    ]


class SurfaceSheet:
    """titles: of the panels. wide, high: the window spans ± these along x0 and x1; it is made a little larger where a panel
    would be too flat or too tall. aligned: levels of the last factor."""

    def __init__(self, titles: Sequence[str], wide: float, high: float, title: str, key: Key, *, aligned: int = 1):
        shape = high / wide
        self.wide, self.high = (max(wide, high / TALLEST), max(high, FLATTEST * wide))
        n, left_out = min(len(titles), MOST_PANELS), max(len(titles) - MOST_PANELS, 0)
        columns = columns_of(n, aligned)
        across = WIDTHS.get(columns, NARROW)
        titles = [wrapped(text, across - GAP) for text in titles[:n]]
        above = 0.08 + max((text.count("\n") + 1 for text in titles if text), default=0) * SMALL * LINE
        tall = (across - GAP) * min(max(shape, FLATTEST), TALLEST)
        self.scales = [scale(np.array([-end, end]), ticks=5, margin=0) for end in (self.wide, self.high)]
        left = 0.3 + width_of(self.scales[1].labels)
        grid = PanelGrid(n, columns, across, tall + above, above, left)
        notes = [f"{left_out} more panels are not drawn."] if left_out else []
        body = grid.left + grid.size[0], grid.below + grid.size[1]
        self.page: Sheet = page(body, grid.boxes(), title, key, notes)
        for i, (ax, text) in enumerate(zip(self.page.axes, titles, strict=True)):
            ax.set_title(text, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
            _axes(ax, *self.scales, lowest=i + columns >= n, first=i % columns == 0)
        self.page.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "x0", ha="center")
        self.page.write(EDGE, grid.below + (grid.size[1] - above) / 2, "x1", rotation=90, va="center")

    def contours(self, ax: Axes, coefficients: Floats) -> None:
        """Lines of equal height, each a given ratio above the last."""
        x0, x1 = (np.linspace(-end, end, 151) for end in (self.wide, self.high))
        height = coefficients[0] * x0[None, :] ** 2 + coefficients[1] * x1[:, None] ** 2
        levels = np.geomspace(height.max() / 3000, height.max(), 12)
        ax.contour(x0, x1, height, levels=levels, colors="#bbbbbb", linewidths=0.7)


def _axes(ax: Axes, xs: Scale, ys: Scale, *, lowest: bool, first: bool) -> None:
    ax.set(xlim=(xs.low, xs.high), ylim=(ys.low, ys.high))
    ax.set_xticks(xs.ticks, xs.labels if lowest else [""] * len(xs.ticks))
    ax.set_yticks(ys.ticks, ys.labels if first else [""] * len(ys.ticks))
    ax.tick_params(labelsize=SMALL, length=2, pad=2)


def remark(ax: Axes, text: str) -> None:
    """Written into the lower left corner of a panel."""
    background = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    ax.text(0.02, 0.03, text, transform=ax.transAxes, ha="left", va="bottom", fontsize=SMALL, color=GREY,
            parse_math=False, bbox=background)  # fmt: skip

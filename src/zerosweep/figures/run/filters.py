"""What the first convolution looks for, before training and after it (the book, §7.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from zerosweep.figures.drawing.style import panels
from zerosweep.figures.drawing.tiles import montage
from zerosweep.nn.layer import Array

COLUMNS = 8
MOST = 64
"""Filters that are shown at most; the first."""

GREYS = colormaps["gray"].with_extremes(bad="#aaccee")
"""Between the filters it is blue, which no weight is."""


@dataclass(frozen=True)
class Filters:
    """grid: the filters' weights for the first channel as a montage. largest: the largest weight by magnitude, of those that are
    finite. count: of filters; shown: how many of them."""

    grid: np.ndarray
    largest: float
    count: int
    shown: int


@np.errstate(all="ignore")
def filters(weights: Array) -> Filters:
    """weights: (F, C, k, k)."""
    shown = weights[:MOST, 0].astype(np.float64)
    finite = np.abs(shown[np.isfinite(shown)])
    return Filters(montage(shown, COLUMNS), float(finite.max(initial=0)), len(weights), len(shown))


def draw(untrained: Filters, trained: Filters, title: str) -> Figure:
    """A panel for either; grey is 0, white the largest weight of the panel, black its negative."""
    rows = untrained.grid.shape[0] / untrained.grid.shape[1]
    figure, axes = panels(1, 2, title, width=3.6, height=1.0 + 2.8 * max(rows, 0.25))
    for ax, state, shown in zip(axes, ("before training", "after training"), (untrained, trained), strict=True):
        reach = shown.largest or 1.0
        ax.imshow(shown.grid, cmap=GREYS, vmin=-reach, vmax=reach, interpolation="nearest")
        ax.set_title(f"{state}: weights within ±{shown.largest:.2g}", fontsize=9, y=1.0)
        ax.set_axis_off()
    some = f"the first {trained.shown} of {trained.count}" if trained.shown < trained.count else f"all {trained.count}"
    axes[0].text(0, -0.02, f"first convolution, {some} filters", fontsize=7, va="top", transform=axes[0].transAxes)
    return figure

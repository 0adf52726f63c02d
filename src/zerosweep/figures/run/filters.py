"""The figure `filters`: the weights of the first convolution before and after training (the book, §7.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from zerosweep.figures.drawing.style import panels
from zerosweep.figures.drawing.tiles import COLOURS, montage
from zerosweep.nn.layer import Array

COLUMNS = 8
"""Filters in a row."""

MOST = 64
"""The most filters that are shown: always the first."""

GREYS = colormaps["gray"].with_extremes(bad="#aaccee")
"""Greys for the weights, and blue for the gaps between filters."""


@dataclass(frozen=True)
class Filters:
    """The filters of a convolution.

    Attributes:
        grid: A montage of their weights: for the first channel, or with a third axis for all of three channels.
        largest: The largest absolute value of the finite weights.
        count: Number of filters.
        shown: Number of filters in the montage.
        channels: Number of channels.
    """

    grid: np.ndarray
    largest: float
    count: int
    shown: int
    channels: int = 1


@np.errstate(all="ignore")
def filters(weights: Array) -> Filters:
    """Return the montage of these filters. weights: shape (F, C, k, k)."""
    channels = weights.shape[1]
    shown = (weights[:MOST].transpose(0, 2, 3, 1) if channels == COLOURS else weights[:MOST, 0]).astype(np.float64)
    finite = np.abs(shown[np.isfinite(shown)])
    return Filters(montage(shown, COLUMNS), float(finite.max(initial=0)), len(weights), len(shown), channels)


def draw(untrained: Filters, trained: Filters, title: str) -> Figure:
    """Draw a panel for each moment. Grey is 0, white the largest absolute weight of the panel, black its negative.

    The filters of three channels are drawn in colour: red, green and blue are the weights of the channels.
    """
    rows = untrained.grid.shape[0] / untrained.grid.shape[1]
    figure, axes = panels(1, 2, title, width=3.6, height=1.0 + 2.8 * max(rows, 0.25))
    for ax, state, shown in zip(axes, ("before training", "after training"), (untrained, trained), strict=True):
        reach = shown.largest or 1.0
        if shown.grid.ndim == 3:
            colours = np.clip(0.5 + shown.grid / (2 * reach), 0, 1)
            ax.imshow(np.nan_to_num(colours, nan=1), interpolation="nearest")
        else:
            ax.imshow(shown.grid, cmap=GREYS, vmin=-reach, vmax=reach, interpolation="nearest")
        ax.set_title(f"{state}: weights within ±{shown.largest:.2g}", fontsize=9, y=1.0)
        ax.set_axis_off()
    some = f"the first {trained.shown} of {trained.count}" if trained.shown < trained.count else f"all {trained.count}"
    of = "" if trained.channels in (1, COLOURS) else f", channel 1 of {trained.channels}"
    axes[0].text(0, -0.02, f"first convolution, {some} filters{of}", fontsize=7, va="top", transform=axes[0].transAxes)
    return figure

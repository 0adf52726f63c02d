"""The figure `filters`: the weights of the first convolution before and after training (the book, §7.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.sheet import Key, new_sheet
from zerosweep.figures.drawing.tiles import COLOURS, montage
from zerosweep.nn.layer import Array

COLUMNS = 8
"""Filters in a row."""

MOST = 64
"""The most filters that are shown: always the first."""

BLUE = (0.667, 0.8, 0.933)
"""Red, green and blue of the gaps between filters."""

PIXEL, SIDE, TALLEST, LEAST = 0.14, 3.9, 5.0, 2.6
"""Inches for a weight, the largest sides of a picture, and the least space for its heading."""

BETWEEN, ABOVE = 0.4, 0.32
"""Inches between both pictures, and above them for their headings."""


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

    @property
    def levels(self) -> np.ndarray:
        """Red, green and blue of each pixel, in [0, 1]: grey for a single channel, `BLUE` between the filters."""
        grid = self.grid if self.grid.ndim == 3 else np.stack([self.grid] * 3, axis=-1)
        scaled = np.clip(0.5 + grid / (2 * (self.largest or 1.0)), 0, 1)
        return np.where(np.isnan(grid), BLUE, scaled)


@np.errstate(all="ignore")
def filters(weights: Array) -> Filters:
    """Return the montage of these filters. weights: shape (F, C, k, k)."""
    channels = weights.shape[1]
    shown = (weights[:MOST].transpose(0, 2, 3, 1) if channels == COLOURS else weights[:MOST, 0]).astype(np.float64)
    finite = np.abs(shown[np.isfinite(shown)])
    return Filters(
        montage(shown, min(COLUMNS, len(shown))), float(finite.max(initial=0)), len(weights), len(shown), channels
    )


@np.errstate(all="ignore")
def draw(untrained: Filters, trained: Filters, title: str) -> Figure:
    """Draw a picture for each moment. Grey is 0, white the largest absolute weight of the picture, black its negative.

    The filters of three channels are drawn in colour: red, green and blue are the weights of the channels.
    """
    some = f"the first {trained.shown} of {trained.count}" if trained.shown < trained.count else f"all {trained.count}"
    of = "" if trained.channels in (1, COLOURS) else f", channel 1 of {trained.channels}"
    signs = "red, green and blue" if trained.channels == COLOURS else "black: negative, grey: 0, white: positive"
    note = f"First convolution, {some} filters{of}; {signs}."
    height, width = trained.grid.shape[:2]
    scale = min(PIXEL, SIDE / width, TALLEST / height)
    across = max(width * scale, LEAST)
    sheet = new_sheet((2 * (across + BETWEEN), height * scale + ABOVE), [], title, Key([]), [note])
    for i, (moment, shown) in enumerate((("before training", untrained), ("after training", trained))):
        left = BETWEEN / 2 + i * (across + BETWEEN)
        sheet.picture((left, 0.0, width * scale, height * scale), shown.levels)
        sheet.write(left, height * scale + 0.08, f"{moment}: weights within ±{shown.largest:.2g}")
    return sheet.figure

"""Small images in rows, with a caption below each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.drawing.lettering import Lettering
from zerosweep.figures.drawing.sheet import Sheet, width_of
from zerosweep.figures.drawing.tiles import montage

Images = NDArray[np.generic]
"""Grey or coloured images, shape (n, C, H, W). Of other numbers of channels than three the mean is shown."""

LONGEST, GAP, CAPTION = 0.67, 0.05, 0.2
"""Inches for the longer side of an image, the least space between images, and the height of a caption."""

SIZE = 7
"""Font size of a caption, in points."""


@dataclass(frozen=True)
class Gallery:
    """The places of images in as many columns as there is width for. All lengths are in inches.

    Attributes:
        captions: One for each image, in their order.
        pixels: Height and width of an image in pixels.
        columns: The number of columns.
        frame: Height and width of an image in pixels, with the space for its caption and up to the next column.
    """

    captions: Sequence[str]
    pixels: tuple[int, int]
    columns: int
    frame: tuple[int, int]

    @classmethod
    def of(cls, images: Images, captions: Sequence[str], width: float) -> Gallery:
        """Return the places of these images in about this width."""
        pixels = images.shape[2], images.shape[3]
        step = max(LONGEST + GAP, width_of(captions, SIZE))
        scale = max(pixels) / LONGEST
        return cls(captions, pixels, max(1, int(width / step)), (ceil((LONGEST + CAPTION) * scale), ceil(step * scale)))

    @property
    def step(self) -> tuple[float, float]:
        """Distance from an image down to the next, and across."""
        high, wide = (side * LONGEST / max(self.pixels) for side in self.frame)
        return high, wide

    @property
    def width(self) -> float:
        """Width of all columns."""
        return self.columns * self.step[1]

    def fitting(self, height: float) -> int:
        """Return how many of the images there is space for: at least a row."""
        return min(len(self.captions), self.columns * max(1, int(height / self.step[0])))

    def draw(self, sheet: Sheet, texts: Lettering, images: Images, left: float, top: float) -> None:
        """Draw the first images, at least one, below and to the right of a place on the sheet."""
        high, wide = self.step
        height = -(-len(images) // self.columns) * high
        sheet.picture((left, top - height, self.width, height), self.levels(images))
        for i, caption in enumerate(self.captions[: len(images)]):
            row, column = divmod(i, self.columns)
            texts.write(left + column * wide, top - (row + 1) * high + CAPTION / 2, caption, size=SIZE)

    def levels(self, images: Images) -> NDArray[np.floating]:
        """Return the images side by side, white between them.

        Returns:
            Levels in [0, 1]: colours of shape (H', W', 3), or greys of shape (H', W').
        """
        finite = np.nan_to_num(images.astype(np.float64))
        shown = finite if finite.shape[1] == 3 else finite.mean(axis=1, keepdims=True)
        low, high = shown.min(), shown.max()
        n, channels = shown.shape[:2]
        framed = np.ones((-(-n // self.columns) * self.columns, channels, *self.frame))
        framed[:n, :, : self.pixels[0], : self.pixels[1]] = (shown - low) / (high - low or 1)
        grids = [montage(framed[:, channel], self.columns, 0) for channel in range(channels)]
        return np.stack(grids, axis=-1) if channels == 3 else grids[0]

"""Small images in rows, with a caption below each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.sheet import Sheet
from zerosweep.figures.drawing.tiles import montage, pictures

Images = NDArray[Any]
"""Images of shape (n, C, H, W), drawn as `tiles.pictures` does."""

LONGEST, GAP, CAPTION = 0.67, 0.05, 0.2
"""Inches for the longer side of an image, the least space between images, and the height of a caption."""


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
        step = max(LONGEST + GAP, width_of(captions) + GAP)
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

    def draw(self, sheet: Sheet, images: Images, left: float, top: float) -> None:
        """Draw the first images, at least one, below and to the right of a place on the sheet."""
        high, wide = self.step
        height = -(-len(images) // self.columns) * high
        sheet.picture((left, top - height, self.width, height), self.levels(images))
        for i, caption in enumerate(self.captions[: len(images)]):
            row, column = divmod(i, self.columns)
            sheet.write(left + column * wide, top - (row + 1) * high + CAPTION / 2, caption, va="center")

    def levels(self, images: Images) -> NDArray[np.floating]:
        """Return the images side by side, white between them.

        Returns:
            Levels in [0, 1]: colours of shape (H', W', 3), or greys of shape (H', W').
        """
        shown = pictures(images)
        height, width = self.pixels
        framed = np.ones((-(-len(shown) // self.columns) * self.columns, *self.frame, *shown.shape[3:]))
        framed[: len(shown), :height, :width] = shown
        return montage(framed, self.columns, 0)

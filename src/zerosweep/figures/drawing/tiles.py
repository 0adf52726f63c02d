"""Many small pictures side by side in one array."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array

COLOURS = 3
"""Channels of images that are drawn in colour, as red, green and blue."""


def montage(pictures: Array, columns: int, gap: int = 1) -> Array:
    """Return the pictures in rows of `columns`, in reading order, as one array.

    Args:
        pictures: Shape (n, h, w), or (n, h, w, 3) for colours.
        columns: Pictures in a row.
        gap: Pixels between neighbouring pictures.

    Returns:
        Shape (rows · (h + gap) - gap, columns · (w + gap) - gap), and 3 for colours. It is NaN in the gaps and in the
        unused places of the last row.
    """
    n, height, width, *colours = pictures.shape
    rows = -(-n // columns)
    laid = np.full((rows * columns, height + gap, width + gap, *colours), np.nan)
    laid[:n, :height, :width] = pictures
    grid = laid.reshape(rows, columns, height + gap, width + gap, *colours).swapaxes(1, 2)
    return grid.reshape(rows * (height + gap), columns * (width + gap), *colours)[: -gap or None, : -gap or None]


@np.errstate(all="ignore")
def pictures(images: Array) -> Array:
    """Return images as pictures of numbers in [0, 1]: in colour if they have three channels, else the first in grey.

    All images are scaled by the same smallest and largest number. One that is not finite counts as zero.

    Args:
        images: Shape (n, C, H, W).

    Returns:
        Shape (n, H, W, 3) in colour, (n, H, W) in grey.
    """
    shown = images if images.shape[1] == COLOURS else images[:, :1]
    scaled = unit_scaled(shown, axis=None)
    return scaled.transpose(0, 2, 3, 1) if shown.shape[1] == COLOURS else scaled[:, 0]


def unit_scaled(numbers: Array, axis: int | tuple[int, ...] | None) -> Array:
    """Return numbers scaled to [0, 1] along `axis`. Those that are not finite count as zero."""
    finite = np.where(np.isfinite(numbers), numbers, 0).astype(np.float64)
    low = finite.min(axis=axis, keepdims=True)
    span = finite.max(axis=axis, keepdims=True) - low
    return np.asarray((finite - low) / np.where(span > 0, span, 1))

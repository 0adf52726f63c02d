"""Many small grey pictures in one array."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array


def montage(pictures: Array, columns: int, gap: int = 1) -> Array:
    """(n, h, w) -> (rows · (h + gap) - gap, columns · (w + gap) - gap), the pictures in reading order; NaN in the gaps, and where
    there are none left."""
    n, height, width = pictures.shape
    rows = -(-n // columns)
    laid = np.full((rows * columns, height + gap, width + gap), np.nan)
    laid[:n, :height, :width] = pictures
    grid = laid.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    return grid.reshape(rows * (height + gap), columns * (width + gap))[: -gap or None, : -gap or None]

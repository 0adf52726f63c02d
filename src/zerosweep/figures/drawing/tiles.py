"""Many small grey pictures side by side in one array."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array


def montage(pictures: Array, columns: int, gap: int = 1) -> Array:
    """Return the pictures in rows of `columns`, in reading order, as one array.

    Args:
        pictures: Shape (n, h, w).
        columns: Pictures in a row.
        gap: Pixels between neighbouring pictures.

    Returns:
        Shape (rows · (h + gap) - gap, columns · (w + gap) - gap). It is NaN in the gaps and in the unused places of the
        last row.
    """
    n, height, width = pictures.shape
    rows = -(-n // columns)
    laid = np.full((rows * columns, height + gap, width + gap), np.nan)
    laid[:n, :height, :width] = pictures
    grid = laid.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    return grid.reshape(rows * (height + gap), columns * (width + gap))[: -gap or None, : -gap or None]

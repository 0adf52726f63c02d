"""Limits on the numbers that are drawn, so that no sum or difference of them overflows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST, SMALLEST = 1e300, 1e-300
"""Sizes to which numbers are limited: sums of such numbers are finite, and no difference is denormal."""


def drawable(values: Floats) -> Floats:
    """Return finite values with sizes limited to `LARGEST`, and those below `SMALLEST` set to zero."""
    clipped = np.clip(values, -LARGEST, LARGEST)
    return np.where(np.abs(clipped) < SMALLEST, 0.0, clipped)

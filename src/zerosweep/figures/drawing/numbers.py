"""Numbers that can be drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST, SMALLEST = 1e300, 1e-300
"""A metric beyond is drawn here: a sum of such numbers is still finite, and a difference no denormal number."""


def drawable(values: Floats) -> Floats:
    """Finite numbers, of a size that can be drawn: at most LARGEST, and zero or at least SMALLEST."""
    clipped = np.clip(values, -LARGEST, LARGEST)
    return np.where(np.abs(clipped) < SMALLEST, 0.0, clipped)

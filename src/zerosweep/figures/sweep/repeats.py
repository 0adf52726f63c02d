"""The mean of repeats and how sure it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE = 0.95


def mean_interval(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean over the repeats of every column, and half the width of its 95 % interval, t s / √n with n - 1 degrees of
    freedom.

    values: (repeats, m), NaN where a repeat has none. Both results: (m,); the mean is NaN where no repeat has a value, the
    half width where fewer than two have. Of 20 such intervals 19 hold the true mean, for values that are normal.
    """
    present = ~np.isnan(values)
    n = present.sum(axis=0)
    known = np.where(present, values, 0.0)
    mean = np.where(n, known.sum(axis=0) / np.maximum(n, 1), np.nan)
    away = np.where(present, values - mean, 0.0)
    unit = np.abs(away).max(axis=0, initial=0)  # the square of a diverging loss may be more than a float holds
    unit = np.where(unit, unit, 1.0)
    std = unit * np.sqrt(((away / unit) ** 2).sum(axis=0) / np.maximum(n - 1, 1))
    t = stdtrit(np.maximum(n - 1, 1), (1 + CONFIDENCE) / 2)
    with np.errstate(over="ignore"):
        half = np.where(n > 1, t * std / np.sqrt(np.maximum(n, 1)), np.nan)
    return mean, half

"""Paths on a surface, as runs of `task=surface` keep them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.report.evidence import Evidence
from zerosweep.tracking.record import Recorded


def path(evidence: Evidence, run: Recorded) -> NDArray[np.float64]:
    """(T, 2): every point of the run, from its start on, as far as it was finite."""
    points = np.asarray(evidence.arrays(run, "trajectory")["path"], np.float64)
    return points[np.isfinite(points).all(axis=1)]

"""The paths that runs of `task=surface` save."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.report.evidence import Evidence
from zerosweep.tracking.record import Recorded


def path(evidence: Evidence, run: Recorded) -> NDArray[np.float64]:
    """Return the finite points of a run, from its start on, of shape (T, 2)."""
    points = np.asarray(evidence.arrays(run, "trajectory")["path"], np.float64)
    return points[np.isfinite(points).all(axis=1)]

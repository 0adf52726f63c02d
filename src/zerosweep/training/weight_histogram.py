"""A histogram of the weights that a penalty acts on (experiment E5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.tasks.classification import ClassificationProblem

REACH = 0.4
"""The largest weight, in size, that has a bin of its own; larger ones count in the outermost."""

BINS = 81
"""The number of bins, odd so that zero is in the middle of one."""


def weight_histogram(problem: ClassificationProblem) -> dict[str, NDArray[np.generic]]:
    """Return the histogram of the penalised weights of a trained network.

    Args:
        problem: The problem after training.

    Returns:
        Arrays by name: `edges` of the bins, shape (n + 1,), and `fraction` of the finite weights in each, shape (n,).
    """
    weights = problem.penalised[np.isfinite(problem.penalised)].astype(np.float64)  # the outermost edges are doubles
    counts, edges = np.histogram(np.clip(weights, -REACH, REACH), np.linspace(-REACH, REACH, BINS + 1))
    return {"edges": edges, "fraction": counts / max(weights.size, 1)}

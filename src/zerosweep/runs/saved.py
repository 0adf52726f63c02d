"""The arrays that a run saves, for its figures and its findings."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.config.schemas import Settings
from zerosweep.predictor import NETWORK, WEIGHTS
from zerosweep.runs.predictor import network_spec
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.runlog import RunLog
from zerosweep.training.records import History
from zerosweep.training.slices import along_one_weight
from zerosweep.training.traces import traces
from zerosweep.training.weight_histogram import weight_histogram


def save_arrays(runlog: RunLog, settings: Settings, problem: Problem, history: History) -> None:
    """Save the parameters of a trained problem, and the arrays that its figures and findings need."""
    runlog.file(WEIGHTS, as_npz(problem.weights()))
    if isinstance(problem, ClassificationProblem):
        runlog.file(NETWORK, network_spec(settings, problem).to_json())
    for name, arrays in problem.arrays().items():
        runlog.file(f"arrays/{name}.npz", as_npz(arrays))
    if settings.trainer.trace:
        runlog.file("arrays/traces.npz", as_npz(traces(problem, history)))
    if isinstance(problem, ClassificationProblem) and problem.regularizer.penalises:
        runlog.file("arrays/weight_histogram.npz", as_npz(weight_histogram(problem)))
    if settings.trainer.slice:
        assert isinstance(problem, ClassificationProblem), "settings with another task are refused before"
        runlog.file("arrays/slice.npz", as_npz(along_one_weight(problem)))


def as_npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the content of a NumPy archive (.npz) with these arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()

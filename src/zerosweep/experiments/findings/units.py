"""E6: what the traces of single units show, for its findings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.tracking.record import Recorded
from zerosweep.training.traces import UNITS, stops

SEED = 20170523
"""The seed of the article."""

MINI_BATCHES = 600
"""The length of the article's runs."""

LEARNT = 0.5
"""The training accuracy above which a network has learned: five times chance."""

FEW = 0.05
"""The largest fraction of lost units in a healthy layer."""


def several(evidence: Evidence, **levels: str | float | bool) -> list[Recorded]:
    """Return the runs of at least two seeds with these settings, all as long as the article's or diverged."""
    runs = evidence.runs_with(**levels)
    if len(runs) < 2:
        raise MissingEvidence(f"only one seed with {' '.join(f'{name}={level}' for name, level in levels.items())}")
    for run in runs:
        stays_finite(evidence, run)  # raises where the run is too short
    return runs


def stays_finite(evidence: Evidence, run: Recorded) -> bool:
    """Return whether a run stays finite for as long as the article's runs.

    Raises:
        MissingEvidence: The run is finite, but shorter.
    """
    if run.verdict == "diverged":
        return False
    if (steps := evidence.final(run, "time/steps")) < MINI_BATCHES:
        raise MissingEvidence(f"finite for {steps:g} mini-batches, of {MINI_BATCHES}, in run {run.run_id}")
    return True


def trace(evidence: Evidence, run: Recorded, name: str) -> NDArray[np.float64]:
    """Return an array of the run's trace, of shape (T, n), with T and n at least 1."""
    values = np.asarray(evidence.arrays(run, "traces").get(name, ()), np.float64)
    if not values.size:
        raise MissingEvidence(f"no {name} in the trace of run {run.run_id}")
    return values


def units(evidence: Evidence, run: Recorded) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean weight and the bias of each hidden unit while all are finite, of shape (T, n) each."""
    weights, biases = (trace(evidence, run, name) for name in UNITS)
    finite = np.isfinite(weights).all(axis=1) & np.isfinite(biases).all(axis=1)
    return weights[finite], biases[finite]


def stopped(evidence: Evidence, run: Recorded) -> NDArray[np.bool_]:
    """Return for each hidden unit whether its weights and bias stopped for good, shape (n,): its lines are flat."""
    return np.isfinite(stops(*units(evidence, run)))


def accuracy(evidence: Evidence, run: Recorded) -> float:
    """Return the training accuracy at the end."""
    return evidence.final(run, "train/accuracy")


def is_healthy(evidence: Evidence, run: Recorded) -> bool:
    """Return whether a run has learned, has hardly any units that stopped, and stayed finite."""
    alive = stays_finite(evidence, run) and stopped(evidence, run).mean() <= FEW
    return bool(alive and accuracy(evidence, run) > LEARNT)


def spread(values: list[float], form: str = ".0%") -> str:
    """Return the range of values over seeds as text: "31% to 52%"."""
    low, high = f"{min(values):{form}}", f"{max(values):{form}}"
    return low if low == high else f"{low} to {high}"

"""The mean curve of repeats, with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import FINE, ComparedRun, finite_curve, thinned
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.statistics import sample


@dataclass(frozen=True)
class MeanCurve:
    """The mean curve of the repeats of one combination of levels.

    Attributes:
        level: The level of the factor of the lines, "" where there is none.
        steps: Shape (n,).
        mean: The mean at each step, shape (n,).
        low: Lower end of the mean's 95 % interval, shape (n,). It is the mean itself where the runs are equal, and NaN
            where fewer than two have a value.
        high: Upper end of that interval.
        ends: Last step and value of each run that diverged, shape (m, 2).
        missing: Number of runs without a finite value, by the text that says why.
        runs: Number of all runs.
    """

    level: str
    steps: Floats
    mean: Floats
    low: Floats
    high: Floats
    ends: Floats
    missing: Mapping[str, int]
    runs: int


def mean_curve(level: str, repeats: Sequence[ComparedRun], width: int = 1) -> MeanCurve:
    """Return the mean of the repeats at each step of any of them.

    Between its own steps a run is interpolated linearly. After its end it no longer counts; but where a run diverged
    the mean ends, since the mean of those that survived would hide it.

    Args:
        level: The level of the line.
        repeats: The runs.
        width: Number of values of a run whose mean is one point.
    """
    curves = [thinned(*finite_curve(run), width) for run in repeats]
    steps = np.unique(np.concatenate([steps for steps, _ in curves])) if curves else np.array([])
    last = [own[-1] for run, (own, _) in zip(repeats, curves, strict=True) if run.verdict == "diverged" and len(own)]
    steps = steps[steps <= min(last, default=np.inf)]
    table = np.full((len(curves), len(steps)), np.nan)
    for row, (own, values) in zip(table, curves, strict=True):
        if len(own):
            row[:] = np.interp(steps, own, values, left=np.nan, right=np.nan)
    repeated = sample(table)
    equal = (repeated.n > 1) & np.isnan(repeated.half)  # no interval: the band closes to the line
    low, high = (np.where(equal, repeated.mean, end) for end in repeated.interval)
    ends = [
        (own[-1], values[-1])
        for run, (own, values) in zip(repeats, curves, strict=True)
        if run.verdict == "diverged" and len(own)
    ]
    missing = Counter(
        "no curve" if run.verdict in FINE else run.status
        for run, (own, _) in zip(repeats, curves, strict=True)
        if not len(own)
    )
    return MeanCurve(level, steps, repeated.mean, low, high, np.array(ends).reshape(-1, 2), missing, len(repeats))

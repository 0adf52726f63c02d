"""The series of the figure `curves`: the mean curve of repeats, in panels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import (
    FINE,
    Combination,
    ComparedRun,
    by_levels,
    combination_title,
    finite_curve,
    levels_of,
    thinned,
    titles_in,
)
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.sweep.encoding import CurveRoles
from zerosweep.statistics import sample

POINTS = 400
"""The most points of a drawn curve; of a longer one each point is the mean of several values."""


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


@dataclass(frozen=True)
class CurvePanel:
    """A panel with its lines. title: the levels that all its runs have in common, "" where there are none."""

    title: str
    lines: list[MeanCurve]


def curve_panels(runs: Sequence[ComparedRun], roles: CurveRoles) -> dict[Combination, CurvePanel]:
    """Return a panel for each combination of levels that was run, in order, with a line for each level that was."""
    width = max(1, -(-max((len(run.values) for run in runs), default=0) // POINTS))
    titles = titles_in(runs, roles.panels)
    panels = {}
    for combination, inside in by_levels(runs, roles.panels).items():
        title = combination_title(roles.panels, combination, titles)
        if roles.lines is None:
            panels[combination] = CurvePanel(title, [mean_curve("", inside, width)])
        else:
            groups = by_levels(inside, [roles.lines])
            levels = levels_of(runs, roles.lines)  # of all runs: words have the same order in all panels
            lines = [mean_curve(level, groups[level,], width) for level in levels if (level,) in groups]
            panels[combination] = CurvePanel(title, lines)
    return panels


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

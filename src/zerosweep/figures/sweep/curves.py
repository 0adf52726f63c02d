"""The curves of many runs as series: panels of lines, and the mean and interval where a line stands for repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import Combination, Compared, by_levels, curve, levels_of, thinned
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.sweep.encoding import CurveRoles
from zerosweep.statistics import sample

POINTS = 400
"""At most so many points of a curve are drawn; each is the mean of the values that it stands for."""


@dataclass(frozen=True)
class Line:
    """The runs of one combination of levels.

    level: of the factor of the lines, "" where there is none. steps, mean: (n,); low, high: (n,), the 95 % interval of the mean,
    the mean itself where the runs are equal, NaN where fewer than two have a value. ends: (m, 2), step and value where each run that diverged ends. missing: how
    many runs have no finite value, by the word that says why. runs: how many there are.
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
    """title: the levels that its runs share; "" where all do."""

    title: str
    lines: list[Line]


def curve_panels(runs: Sequence[Compared], roles: CurveRoles) -> dict[Combination, CurvePanel]:
    """A panel for every combination of levels that was run, in their order, with a line for every level that was."""
    width = max(1, -(-max((len(run.values) for run in runs), default=0) // POINTS))
    names = {factor: written(levels_of(runs, factor)) for factor in roles.panels}
    panels = {}
    for combination, inside in by_levels(runs, roles.panels).items():
        title = " ".join(f"{f}={names[f][level]}" for f, level in zip(roles.panels, combination, strict=True))
        if roles.lines is None:
            panels[combination] = CurvePanel(title, [line("", inside, width)])
        else:
            groups = by_levels(inside, [roles.lines])
            levels = levels_of(runs, roles.lines)  # of all runs: words keep one order through all panels
            lines = [line(level, groups[level,], width) for level in levels if (level,) in groups]
            panels[combination] = CurvePanel(title, lines)
    return panels


def line(level: str, repeats: Sequence[Compared], width: int = 1) -> Line:
    """The mean of the repeats at every step of any of them, between a run's own steps as if it went straight.

    After its end a run no longer counts. width: of how many values a point is the mean.
    """
    curves = [thinned(*curve(run), width) for run in repeats]
    steps = np.unique(np.concatenate([steps for steps, _ in curves])) if curves else np.array([])
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
        "no curve" if run.verdict == "learned" else run.word
        for run, (own, _) in zip(repeats, curves, strict=True)
        if not len(own)
    )
    return Line(level, steps, repeated.mean, low, high, np.array(ends).reshape(-1, 2), missing, len(repeats))

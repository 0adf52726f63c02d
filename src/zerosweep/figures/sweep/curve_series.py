"""The series of the figure `curves`: the mean curve of repeats, in panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zerosweep.figures.drawing.compared import (
    Combination,
    ComparedRun,
    by_levels,
    combination_title,
    levels_of,
    titles_in,
)
from zerosweep.figures.drawing.mean_curve import MeanCurve, mean_curve
from zerosweep.figures.sweep.encoding import CurveRoles

POINTS = 400
"""The most points of a drawn curve; of a longer one each point is the mean of several values."""


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

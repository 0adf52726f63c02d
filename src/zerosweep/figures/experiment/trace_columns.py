"""Traces of runs side by side: a column for each combination of levels."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.sheet import NARROWEST, Key, from_to, page
from zerosweep.figures.run import traces

MOST_COLUMNS = 6
"""More combinations than these are not drawn."""


def columns(runs: Sequence[Compared], factors: Sequence[str]) -> tuple[list[traces.Trace], list[str]]:
    """The traces of the first of the repeats of every combination of levels that has one, and what is to be said of those that are
    left out."""
    traced = [run for run in runs if run.arrays]
    names = {factor: written(levels_of(traced, factor)) for factor in factors}
    groups = list(by_levels(traced, factors).values())
    found = []
    for first, *_ in groups[:MOST_COLUMNS]:
        settings = ", ".join(f"{factor}={names[factor][first.level(factor)]}" for factor in factors)
        column = f"{settings}: {first.verdict}" if settings else first.verdict
        found.append(traces.Trace(column, first.arrays, first.verdict == "diverged"))
    notes = []
    if max((len(repeats) for repeats in groups), default=1) > 1:
        seeds = {first.seed for first, *_ in groups}
        which = f"seed {seeds.pop()}" if len(seeds) == 1 and any(seeds) else "the first one"
        notes.append(f"Of {from_to(map(len, groups))} runs each, which differ in the seed, {which} is drawn.")
    if missing := len(runs) - len(traced):
        notes.append(f"{missing} of {len(runs)} runs without a trace: trainer.trace=true keeps one.")
    if left_out := len(groups[MOST_COLUMNS:]):
        notes.append(f"{left_out} more combinations are not drawn.")
    return found, notes


def draw(runs: Sequence[Compared], factors: Sequence[str], title: str) -> Figure:
    """The figure `traces` of a report."""
    found, notes = columns(runs, factors)
    return traces.draw(found, title, notes) if found else page((NARROWEST, 0.1), [], title, Key([]), notes).figure

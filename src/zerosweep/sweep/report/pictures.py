"""The figures of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.config.schemas import Report
from zerosweep.sweep.report.factors import SEED, level
from zerosweep.sweep.report.findings import Findings
from zerosweep.sweep.report.outcome import direction_of, outcome
from zerosweep.tracking.record import Recorded, curve
from zerosweep.tracking.store import open_store

if TYPE_CHECKING:
    from zerosweep.figures.comparison.runs import Compared

MOST_CURVES = 400
"""Of more runs no curves are read: it would take minutes, and nobody could tell them apart."""


def pictures(
    uri: str, runs: Sequence[Recorded], report: Report, findings: Findings, title: str
) -> Iterator[tuple[str, bytes]]:
    """(name, PNG) of each figure, drawn when it is asked for. A figure that these runs do not allow is a `SettingError`, raised
    at once."""
    from zerosweep.figures.comparison.registry import comparison_figures

    y = report.y or findings.objective.metric
    seen = [] if report.figure == "none" else compared(uri, runs, findings, y)
    figures = comparison_figures(
        seen,
        findings.factors.names,
        y,
        title,
        figure=report.figure,
        panels=report.panels,
        lines=report.lines,
        x=report.x,
        direction=direction_of(y, findings.objective),
    )
    return drawn(figures)


def drawn(figures: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Each figure as PNG, when it is asked for."""
    from zerosweep.figures.style import to_png, undisturbed

    with undisturbed():
        for name, figure in figures:
            yield name, to_png(figure)


def compared(uri: str, runs: Sequence[Recorded], findings: Findings, y: str) -> list[Compared]:
    """The runs that ended, as figures see them, with their curves of `y` from the store."""
    from zerosweep.figures.comparison.runs import Compared

    client = open_store(uri)
    ended = [run for run in runs if run.status != "RUNNING"]
    seen = []
    for run in ended:
        finished = run.status == "FINISHED"
        steps, values = curve(client, run.run_id, y) if finished and len(ended) <= MOST_CURVES else ([], [])
        levels = {factor: level(run, factor) for factor in findings.factors.names}
        seed = level(run, SEED) if findings.seeds_vary else ""
        word = "pruned" if "pruned" in run.tags and run.verdict != "diverged" else run.verdict
        seen.append(Compared(levels, seed, word if finished else "", outcome(run, y), steps, values))
    return seen

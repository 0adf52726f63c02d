"""The figures of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.config.schemas import Report
from zerosweep.figures.comparison.names import DRAWN_FROM
from zerosweep.sweep.report.factors import SEED, level
from zerosweep.sweep.report.outcome import direction_of, outcome
from zerosweep.sweep.report.results import Results
from zerosweep.tracking.record import Recorded, arrays, curve
from zerosweep.tracking.store import open_store

if TYPE_CHECKING:
    from zerosweep.figures.comparison.runs import Compared

MOST_CURVES = 400
"""Of more runs no curves are read: it would take minutes, and nobody could tell them apart."""


def pictures(
    uri: str, runs: Sequence[Recorded], report: Report, results: Results, title: str
) -> Iterator[tuple[str, bytes]]:
    """(name, PNG) of each figure, drawn when it is asked for. A figure that these runs do not allow is a `SettingError`, raised
    at once."""
    from zerosweep.figures.comparison.registry import comparison_figures

    y = report.y or results.objective.metric
    seen = [] if report.figure == "none" else compared(uri, runs, results, y, DRAWN_FROM.get(report.figure or ""))
    figures = comparison_figures(
        seen,
        results.factors.names,
        y,
        title,
        figure=report.figure,
        panels=report.panels,
        lines=report.lines,
        x=report.x,
        direction=direction_of(y, results.objective),
    )
    return drawn(figures)


def drawn(figures: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Each figure as PNG, when it is asked for."""
    from zerosweep.figures.style import to_png, undisturbed

    with undisturbed():
        for name, figure in figures:
            yield name, to_png(figure)


def compared(uri: str, runs: Sequence[Recorded], results: Results, y: str, kept: str | None = None) -> list[Compared]:
    """The runs that ended, as figures see them, with their curves of `y` from the store, and the arrays of the name `kept`
    of those that have them."""
    from zerosweep.figures.comparison.runs import Compared

    client = open_store(uri)
    ended = [run for run in runs if run.status != "RUNNING"]
    seen = []
    for run in ended:
        finished = run.status == "FINISHED"
        steps, values = curve(client, run.run_id, y) if finished and len(ended) <= MOST_CURVES else ([], [])
        levels = {factor: level(run, factor) for factor in results.factors.names}
        seed = level(run, SEED) if results.seeds_vary else ""
        word = "pruned" if "pruned" in run.tags and run.verdict != "diverged" else run.verdict
        held = arrays(client, run.run_id, kept) if finished and kept else {}
        seen.append(Compared(levels, seed, word if finished else "", outcome(run, y), steps, values, held))
    return seen

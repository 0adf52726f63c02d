"""The figures of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.config.schemas import Report
from zerosweep.figures.names import DRAWN_FROM, METRIC
from zerosweep.metrics import NEITHER, label
from zerosweep.report.factors import SEED, level
from zerosweep.report.outcome import direction_of, outcome
from zerosweep.report.results import Results
from zerosweep.tracking.record import Recorded, arrays, curve
from zerosweep.tracking.store import open_store

if TYPE_CHECKING:
    from zerosweep.figures.drawing.compared import ComparedRun

MOST_CURVES = 400
"""Of more runs no curves are read: it would take minutes, and nobody could tell them apart."""


def pictures(
    uri: str, runs: Sequence[Recorded], report: Report, results: Results, title: str
) -> Iterator[tuple[str, bytes]]:
    """(name, PNG) of each figure, drawn when it is asked for. A figure that these runs do not allow is a `SettingError`, raised
    at once."""
    from zerosweep.figures.sweep.registry import comparison_figures

    ys = report.metrics or [results.objective.metric]
    directions = {direction_of(y, results.objective) for y in ys}
    seen = [] if report.figure == "none" else compared(uri, runs, results, ys, DRAWN_FROM.get(report.figure or ""))
    figures = comparison_figures(
        seen,
        [*results.factors.names, *([METRIC] if len(ys) > 1 else [])],
        label(ys),
        title,
        figure=report.figure,
        panels=report.panels,
        lines=report.lines,
        x=report.x,
        direction=directions.pop() if len(directions) == 1 else NEITHER,
    )
    return drawn(figures)


def drawn(figures: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Each figure as PNG, when it is asked for."""
    from zerosweep.figures.drawing.style import to_png

    for name, figure in figures:
        yield name, to_png(figure)


def compared(
    uri: str, runs: Sequence[Recorded], results: Results, ys: Sequence[str], kept: str | None = None
) -> list[ComparedRun]:
    """The runs that ended, as figures see them, with their curves from the store, and the arrays of the name `kept` of those
    that have them. Of several metrics `ys` each is a level of the factor METRIC, as if there were a run for it."""
    from zerosweep.figures.drawing.compared import ComparedRun

    client = open_store(uri)
    ended = [run for run in runs if run.status != "RUNNING"]
    seen = []
    for run in ended:
        finished = run.status == "FINISHED"
        levels = {factor: level(run, factor) for factor in results.factors.names}
        seed = level(run, SEED) if results.seeds_vary else ""
        word = "pruned" if "pruned" in run.tags and run.verdict != "diverged" else run.verdict
        held = arrays(client, run.run_id, kept) if finished and kept else {}
        verdict = word if finished else ""
        for y in ys:
            steps, values = curve(client, run.run_id, y) if finished and len(ended) <= MOST_CURVES else ([], [])
            which = {METRIC: y} if len(ys) > 1 else {}
            seen.append(ComparedRun(levels | which, seed, verdict, outcome(run, y), steps, values, held))
    return seen

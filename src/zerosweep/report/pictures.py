"""The figures of a report, as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.config.schemas import Report
from zerosweep.figures.names import DRAWN_FROM, METRIC
from zerosweep.metrics import NEITHER, label
from zerosweep.report.factors import SEED, level
from zerosweep.report.outcome import direction_of, final_value
from zerosweep.report.results import Results
from zerosweep.tracking.record import Recorded, arrays, curve
from zerosweep.tracking.store import open_store

if TYPE_CHECKING:
    from zerosweep.figures.drawing.compared import ComparedRun

MOST_CURVES = 400
"""The largest number of runs whose curves are read: more take minutes, and could not be told apart in a figure."""


def pictures(
    uri: str, runs: Sequence[Recorded], report: Report, results: Results, title: str
) -> Iterator[tuple[str, bytes]]:
    """Return the name and the PNG of each of the `figures`."""
    return to_pngs(figures(uri, runs, report, results, title))


def figures(
    uri: str, runs: Sequence[Recorded], report: Report, results: Results, title: str
) -> Iterator[tuple[str, Any]]:
    """Return the name of each figure, and the figure. The iterator draws a figure when it comes to it.

    Args:
        uri: The store.
        runs: The runs, in the order of levels.
        report: The settings of the report.
        results: The results of the runs.
        title: The title of the figures.

    Raises:
        SettingError: These runs do not allow the figure that `report` names. Raised by the call, before any drawing.
    """
    from zerosweep.figures.sweep.registry import comparison_figures

    ys = report.metrics or [results.objective.metric]
    directions = {direction_of(y, results.objective) for y in ys}
    array_name = DRAWN_FROM.get(report.figure or "")
    drawn_runs = [] if report.figure == "none" else compared(uri, runs, results, ys, array_name)
    return comparison_figures(
        drawn_runs,
        [*results.factors.names, *([METRIC] if len(ys) > 1 else [])],
        label(ys),
        title,
        figure=report.figure,
        panels=report.panels,
        lines=report.lines,
        x=report.x,
        direction=directions.pop() if len(directions) == 1 else NEITHER,
    )


def to_pngs(figures: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Convert named figures to named PNGs, one at a time."""
    from zerosweep.figures.drawing.style import to_png

    for name, figure in figures:
        yield name, to_png(figure)


def compared(
    uri: str, runs: Sequence[Recorded], results: Results, ys: Sequence[str], array_name: str | None = None
) -> list[ComparedRun]:
    """Return the runs that ended in the form that figures take, with their curves.

    Several metrics become levels of the factor `METRIC`, as if each of them had a run of its own.

    Args:
        uri: The store that curves and arrays are read from.
        runs: The runs.
        results: The results of the runs.
        ys: The metrics to draw.
        array_name: The name of the arrays to read with each finished run that saved them; None for no arrays.
    """
    from zerosweep.figures.drawing.compared import ComparedRun

    client = open_store(uri)
    ended = [run for run in runs if run.status != "RUNNING"]
    found = []
    for run in ended:
        finished = run.status == "FINISHED"
        levels = {factor: level(run, factor) for factor in results.factors.names}
        seed = level(run, SEED) if results.seeds_vary else ""
        word = "pruned" if "pruned" in run.tags and run.verdict != "diverged" else run.verdict
        saved = arrays(client, run.run_id, array_name) if finished and array_name else {}
        verdict = word if finished else ""
        for y in ys:
            steps, values = curve(client, run.run_id, y) if finished and len(ended) <= MOST_CURVES else ([], [])
            metric_level = {METRIC: y} if len(ys) > 1 else {}
            levels_of_y, final, per_epoch = levels | metric_level, final_value(run, y), run.per_epoch
            found.append(ComparedRun(levels_of_y, seed, verdict, final, steps, values, saved, per_epoch))
    return found

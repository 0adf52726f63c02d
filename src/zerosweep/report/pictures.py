"""The figures of a report, as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from zerosweep.config.schemas import Report
from zerosweep.figures.names import DRAWN_FROM, METRIC
from zerosweep.metrics import NEITHER, label
from zerosweep.report.captions import description, heading
from zerosweep.report.factors import SEED, level
from zerosweep.report.outcome import direction_of, final_value
from zerosweep.report.results import Results
from zerosweep.tracking.curves import curves_of
from zerosweep.tracking.record import Recorded, arrays
from zerosweep.tracking.store import open_store

if TYPE_CHECKING:
    from zerosweep.figures.drawing.compared import ComparedRun

CSS_DPI = 96
"""Pixels for an inch in a page."""

MOST_CURVES = 400
"""The largest number of runs whose curves are read: more take minutes, and could not be told apart in a figure."""


@dataclass(frozen=True)
class Picture:
    """A figure of a report.

    Attributes:
        name: The name of its file, without an extension.
        png: The figure as PNG.
        svg: The figure as an `svg` element for a page.
        heading: Its heading in the page.
        width: Its natural width in the page, in pixels.
    """

    name: str
    png: bytes
    svg: Markup
    heading: str
    width: int


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


def drawn(figures: Iterable[tuple[str, Any]], results: Results) -> Iterator[Picture]:
    """Convert named figures to pictures, one at a time.

    Args:
        figures: The name of each figure, and the figure.
        results: The results of the runs that they show.
    """
    from zerosweep.figures.drawing.style import to_png
    from zerosweep.figures.drawing.svg import to_svg

    for name, figure in figures:
        label = description(name, results)
        width = round(figure.get_figwidth() * CSS_DPI)
        yield Picture(name, to_png(figure), Markup(to_svg(figure, name, label)), heading(name), width)


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
    read = [run.run_id for run in ended if run.status == "FINISHED"] if len(ended) <= MOST_CURVES else []
    lines: dict[tuple[str, str], tuple[list[int], list[float]]] = {}
    for run_id, metric, step, value in curves_of(client, uri, read, ys):
        steps, values = lines.setdefault((run_id, metric), ([], []))
        steps.append(step)
        values.append(value)
    found = []
    for run in ended:
        finished = run.status == "FINISHED"
        levels = {factor: level(run, factor) for factor in results.factors.names}
        seed = level(run, SEED) if results.seeds_vary else ""
        word = "pruned" if "pruned" in run.tags and run.verdict != "diverged" else run.verdict
        saved = arrays(client, run.run_id, array_name) if finished and array_name else {}
        verdict = word if finished else ""
        for y in ys:
            steps, values = lines.get((run.run_id, y), ([], []))
            metric_level = {METRIC: y} if len(ys) > 1 else {}
            levels_of_y, final, per_epoch = levels | metric_level, final_value(run, y), run.per_epoch
            found.append(ComparedRun(levels_of_y, seed, verdict, final, steps, values, saved, per_epoch))
    return found

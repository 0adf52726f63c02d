"""The report as one self-contained HTML file, which can be mailed and printed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from zerosweep.masking import masked
from zerosweep.report.conclusion import conclusion
from zerosweep.report.factors import SEED
from zerosweep.report.repeats import MOST_LEVELS
from zerosweep.report.results import Results
from zerosweep.report.table import OBJECTIVE, Cell, format_cell
from zerosweep.tracking.record import Recorded

TEMPLATE = Path(__file__).with_name("page.html")

MANY = 30
"""The largest number of rows that are shown at once: a longer table of runs scrolls, one of differences is folded."""

NOT_SHOWN = ("run_id", "status", "verdict", "error", "config_id")
"""Columns of the table of runs that the page shows in another form, or leaves to the CSV."""


def page(
    title: str,
    command: str,
    results: Results,
    figures: Mapping[str, bytes],
    link: Callable[[Recorded], str],
    best_commands: Sequence[str] = (),
) -> str:
    """Return the page as HTML.

    Args:
        title: The title of the page.
        command: The command line that was reported on.
        results: The results of the runs.
        figures: The PNG of each figure, by name.
        link: Returns the address of a run in MLflow's UI.
        best_commands: The commands that repeat the best runs, the best first.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"text": format_cell, "when": _local_time, "image": _data_uri}
    columns = _columns(results)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title,
        command=masked(command),
        best_commands=[*map(masked, best_commands)],
        results=results,
        conclusion=conclusion(results),
        failures_by_remedy=[each.line for each in results.explanations],
        objective=results.objective,
        figures=figures,
        link=link,
        columns=[results.objective.metric if name == OBJECTIVE else name for name in columns],
        rows=[(run, _cells(results, row, columns)) for run, row in _rows(results)],
        numeric=[name not in results.factors.names for name in columns],
        began=min((run.started for run in results.runs), default=None),
        ended=max((run.started + run.seconds for run in results.runs if run.seconds is not None), default=None),
        many=MANY,
        most_levels=MOST_LEVELS,
    )


def _columns(results: Results) -> list[str]:
    """Return the columns to show, without the objective's metric, a constant seed and an empty `diverged_at`."""
    redundant = {*NOT_SHOWN, results.objective.metric}
    if not results.seeds_vary:
        redundant.add(SEED)
    if not any(run.verdict == "diverged" for run in results.runs):
        redundant.add("diverged_at")
    return [name for name in results.table.columns if name not in redundant]


def _rows(results: Results) -> list[tuple[Recorded, tuple[Cell, ...]]]:
    return list(zip(results.runs, results.table.rows, strict=True))


def _cells(results: Results, row: Sequence[Cell], columns: Sequence[str]) -> list[Cell]:
    cells = dict(zip(results.table.columns, row, strict=True))
    return [cells[name] for name in columns]


def _local_time(seconds: float) -> str:
    """Return a time, given in seconds since 1970, as text in the local time zone with its offset from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"

"""The report as one HTML file that needs no other: it can be mailed, printed, and opened in years."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from zerosweep.masking import masked
from zerosweep.metrics import TABLES
from zerosweep.report.factors import SEED
from zerosweep.report.repeats import MOST_LEVELS
from zerosweep.report.results import Results
from zerosweep.report.table import OBJECTIVE, Cell, shown
from zerosweep.tracking.record import Recorded

TEMPLATE = Path(__file__).with_name("page.html")

MANY = 30
"""A longer table of runs scrolls by itself, and one of differences is folded."""

NOT_SHOWN = ("run_id", "status", "verdict", "error", "config_id")
"""Columns of the table of runs that the page tells otherwise, or leaves to the CSV."""


def page(
    title: str,
    command: str,
    results: Results,
    figures: Mapping[str, bytes],
    link: Callable[[Recorded], str],
    best_commands: Sequence[str] = (),
) -> str:
    """The whole page. command: as typed; figures: name -> PNG; link: where MLflow's UI shows a run; best_commands: what to type
    for the best."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"shown": shown, "when": _when, "image": _image}
    shown_columns = _columns(results)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title,
        command=masked(command),
        best_commands=[masked(one) for one in best_commands],
        results=results,
        objective=results.objective,
        figures=figures,
        link=link,
        columns=[results.objective.metric if name == OBJECTIVE else name for name in shown_columns],
        rows=[(run, _cells(results, row, shown_columns)) for run, row in _rows(results)],
        numeric=[name == OBJECTIVE or name in (*TABLES, "seconds", "diverged_at", SEED) for name in shown_columns],
        began=min((run.started for run in results.runs), default=None),
        ended=max((run.started + run.seconds for run in results.runs if run.seconds is not None), default=None),
        many=MANY,
        most_levels=MOST_LEVELS,
    )


def _columns(results: Results) -> list[str]:
    """Those that tell something: the objective's metric stands there as the objective, and an unvaried seed nowhere."""
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


def _when(seconds: float) -> str:
    """A time on the clock of where the report was made, with its distance from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def _image(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"

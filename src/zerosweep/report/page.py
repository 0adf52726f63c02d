"""The report as one self-contained HTML file, which can be mailed, printed and read without a network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from zerosweep.masking import masked
from zerosweep.naming import level_title, value_text, words
from zerosweep.report.conclusion import conclusion
from zerosweep.report.description import RANKED, SHOWN
from zerosweep.report.exploration import state
from zerosweep.report.factors import SEED
from zerosweep.report.heading import fixed
from zerosweep.report.pictures import Picture
from zerosweep.report.repeats import MOST_LEVELS
from zerosweep.report.results import Results
from zerosweep.report.table import OBJECTIVE, Cell, format_cell
from zerosweep.tracking.record import Recorded

FOLDER = Path(__file__).with_name("html")
"""The folder of the template, its style, its scripts, and the libraries of the interactive charts."""

LIBRARIES = ("vendor/d3.min.js", "vendor/plot.min.js")

LICENSE = "vendor/LICENSE"

MANY = 30
"""The largest number of rows that are shown at once: a longer table of runs scrolls, one of differences is folded."""

PAGE_ROWS = 100
"""The largest number of rows of the table of runs before more are asked for: a browser takes seconds for thousands."""

NOT_SHOWN = ("run_id", "status", "verdict", "error", "config_id")
"""Columns of the table of runs that the page shows in another form, or leaves to the CSV."""


@dataclass(frozen=True)
class Column:
    """A column of the table of runs: its title, its full name, whether it is of numbers, and the order of its rows."""

    title: str
    hint: str
    numeric: bool
    sort: str


def page(
    title: str,
    sweep: str,
    command: str,
    results: Results,
    figures: Sequence[Picture],
    link: Callable[[Recorded], str],
    data: Mapping[str, Any],
    best_commands: Sequence[str] = (),
    ui: str = "",
) -> str:
    """Return the page as HTML.

    The page may run its own scripts only, which its content security policy names by their hashes, and may load
    nothing.

    Args:
        title: The title of the page.
        sweep: The id of the sweep.
        command: The command line that was reported on.
        results: The results of the runs.
        figures: The figures.
        link: Returns the address of a run in MLflow's UI.
        data: The data of the interactive charts, as `exploration` returns them.
        best_commands: The commands that repeat the best runs, the best first.
        ui: The address of MLflow's UI, which the reader may change; "" where the store is a server.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "text": format_cell,
        "when": _local_time,
        "words": words,
        "value_text": value_text,
        "level_title": level_title,
        "state": state,
    }
    explored = data["columns"] or data["curves"]
    scripts = _scripts(libraries=bool(explored))
    names = _columns(results)
    return environment.get_template("page.html").render(
        title=title,
        sweep=sweep if sweep != title else "",
        policy=_policy(scripts),
        style=Markup(_file("page.css")),
        scripts=[*map(Markup, scripts)],
        data=data,
        data_json=Markup(json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")),
        states=[*dict.fromkeys(state(run) for run in results.runs)],
        command=masked(command),
        best_commands=[*map(masked, best_commands)],
        results=results,
        conclusion=conclusion(results),
        fixed=fixed(results),
        objective=results.objective,
        figures=figures,
        link=link,
        ui=ui,
        columns=[_column(results, name) for name in names],
        rows=[(run, _cells(results, row, names)) for run, row in zip(results.runs, results.table.rows, strict=True)],
        began=min((run.started for run in results.runs), default=None),
        ended=max((run.started + run.seconds for run in results.runs if run.seconds is not None), default=None),
        many=MANY,
        page_rows=PAGE_ROWS,
        ranked=RANKED,
        examples=SHOWN,
        most_levels=MOST_LEVELS,
    )


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _scripts(*, libraries: bool) -> list[str]:
    """Return the scripts of the page, in order: with or without the interactive charts and their libraries."""
    if not libraries:
        return [_file("page.js")]
    return [
        f"/*! {_file(LICENSE)}*/\n{_file(LIBRARIES[0])}",
        _file(LIBRARIES[1]),
        _file("page.js"),
        _file("explore.js"),
    ]


def _policy(scripts: Sequence[str]) -> str:
    """Return the content security policy of a page with these scripts."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _columns(results: Results) -> list[str]:
    """Return the columns to show, without the objective's metric, a constant seed and an empty `diverged_at`."""
    redundant = {*NOT_SHOWN, results.objective.metric}
    if not results.seeds_vary:
        redundant.add(SEED)
    if not any(run.verdict == "diverged" for run in results.runs):
        redundant.add("diverged_at")
    return [name for name in results.table.columns if name not in redundant]


def _column(results: Results, name: str) -> Column:
    if name == OBJECTIVE:
        sort = "descending" if results.objective.direction == "maximize" else "ascending"
        return Column(results.objective.metric, "", True, sort)
    factor = name in results.factors.names
    return Column(words(name) if factor else name.replace("_", " "), name, not factor, "")


def _cells(results: Results, row: Sequence[Cell], columns: Sequence[str]) -> list[Cell]:
    cells = dict(zip(results.table.columns, row, strict=True))
    return [cells[name] for name in columns]


def _local_time(seconds: float) -> str:
    """Return a time, given in seconds since 1970, as text in the local time zone with its offset from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")

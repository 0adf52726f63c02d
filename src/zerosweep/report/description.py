"""The results as text: lines for the terminal, and the description of the summary run, which MLflow shows above it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zerosweep.jobs.screen import screen
from zerosweep.masking import masked
from zerosweep.report.outcome import final_value
from zerosweep.report.results import Results
from zerosweep.report.table import format_cell
from zerosweep.tracking.record import Recorded

SHOWN = 5
"""The largest number of best runs, of their commands, and of failures in the description."""

LONGEST, WHOLE = 200, 8000
"""The largest numbers of characters: of one cell or command, and of the whole description, which is a tag of MLflow."""


def lines(results: Results) -> list[str]:
    """Return the lines for the terminal: the counts, the best run, and a table of published findings, if any."""
    return [str(results.counts), best_line(results), *([findings_table(results)] if results.findings else [])]


def findings_table(results: Results) -> str:
    """Return the judged findings as a table that is as wide as the terminal."""
    table = Table("finding", "expected", "seen", "reproduced?", show_lines=True)
    for finding in results.findings:
        name = finding.name.replace("_", " ")
        table.add_row(*map(escape, (name, finding.expected, finding.seen, finding.reproduced)))
    out = Console(file=io.StringIO(), width=screen().width)
    with out.capture() as captured:
        out.print(table)
    return captured.get().rstrip("\n")


def best_line(results: Results) -> str:
    """Return the best run as text: "best: val/accuracy=0.9722 with optimizer=adam bn=true, run 80130f9e…"."""
    metric, run = results.objective.metric, results.best
    if run is None:
        return f"best: none, as no {'feasible ' if results.counts.infeasible else ''}run has {metric}"
    settings = " ".join(f"{name}={value}" for name, value in results.settings(run).items())
    return f"best: {metric}={_value(results, run)}{f' with {settings}' if settings else ''}, run {run.run_id}"


def markdown(command: str, results: Results, best_commands: Sequence[str] = ()) -> str:
    """Return the description of a summary run in Markdown.

    The counts and the best run come first, since MLflow shows only the beginning until it is asked for more.

    Args:
        command: The command line that was reported on.
        results: The results of the runs.
        best_commands: The commands that repeat the best runs, the best first.
    """
    metric = results.objective.metric
    parts = [str(results.counts), _plain(best_line(results)), *map(_fenced, best_commands[:SHOWN])]
    if results.best is not None:
        shown = [run for run in results.runs[:SHOWN] if final_value(run, metric) is not None]
        names = list(dict.fromkeys(name for run in shown for name in results.settings(run)))[:10]
        parts += [_table([*names, metric, "verdict", "run"], [_row(results, run, names) for run in shown])]
    if results.findings:
        rows = [[f.name, f.expected, f.seen, f.reproduced] for f in results.findings]
        parts += ["**Published findings**", _table(["finding", "expected", "seen", "reproduced?"], rows)]
    if results.failures:
        failures = [f"- {_code(failure.label)}: {_code(failure.why)}" for failure in results.failures[:SHOWN]]
        parts += ["**Failures**", "\n".join(failures)]
    parts.append(_code(masked(command)))
    return "\n\n".join(parts)[:WHOLE]


def _row(results: Results, run: Recorded, names: list[str]) -> list[str]:
    settings = results.settings(run)
    return [*(settings.get(name, "–") for name in names), _value(results, run), run.verdict, run.run_id[:8]]


def _value(results: Results, run: Recorded) -> str:
    return format_cell(final_value(run, results.objective.metric))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return text, cut to one line, in which Markdown and HTML are escaped."""
    text = _cut(text)
    for sign in "\\`*_[]|<>":
        text = text.replace(sign, f"\\{sign}")
    return text


def _code(text: str) -> str:
    return _fenced(_cut(text))


def _fenced(text: str) -> str:
    """Return text as inline code, between more backticks than it has in a row, so that nothing in it ends the code."""
    ticks = "`" * max(2, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {' '.join(text.splitlines())} {ticks}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"

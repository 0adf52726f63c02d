"""The results as text: lines for the terminal, and the description of the summary run, which MLflow shows above it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from zerosweep.jobs.screen import screen
from zerosweep.masking import masked
from zerosweep.metrics import AT_THE_END, MAXIMIZE
from zerosweep.naming import value_text
from zerosweep.report.conclusion import conclusion
from zerosweep.report.outcome import final_value
from zerosweep.report.ranking import Standing
from zerosweep.report.results import Results
from zerosweep.report.table import format_cell
from zerosweep.tracking.record import Recorded

SHOWN = 5
"""The largest number of best runs, of their commands, and of failures in the description."""

MOST_NAMES = 10
"""The largest number of metrics that are named where none is the objective."""

LONGEST, WHOLE = 200, 8000
"""The largest numbers of characters: of one cell or command, and of the whole description, which is a tag of MLflow."""

RANKED = 10
"""The largest number of rows of the ranking on the terminal."""


def lines(results: Results) -> list[str]:
    """Return the lines for the terminal: counts, ranking, conclusion, failures with remedies, best, findings."""
    found = [str(results.counts)]
    if len(results.ranking) > 1:
        found.append(ranking_table(results))
        left = len(results.ranking) - RANKED
        found += [f"… {left} more in the report"] if left > 0 else []
    found += [*conclusion(results), *(each.line for each in results.explanations), best_line(results)]
    return [*found, *([findings_table(results)] if results.findings else [])]


def ranking_table(results: Results) -> str:
    """Return the best combinations as a table that is as wide as the terminal."""
    names, repeats = results.factors.names, max(len(standing.runs) for standing in results.ranking) > 1
    metrics = [f"{name}{', mean' if repeats else ''}" for name in (results.objective.metric, *results.others)]
    columns: list[Column | str] = [*map(escape, names), *(Column(escape(name), justify="right") for name in metrics)]
    table = Table("", *columns, box=None, pad_edge=False)
    for title in ("95 % interval", "runs") if repeats else ():
        table.add_column(title, justify="right")
    table.add_column("verdict")
    for standing in results.ranking[:RANKED]:
        statistics = [_interval(standing), str(len(standing.runs))] if repeats else []
        place = "" if standing.place is None else "front" if results.others else str(standing.place)
        levels = [value_text(standing.levels[name]) for name in names]
        values = [standing.value, *map(standing.others.get, results.others)]
        table.add_row(place, *map(escape, levels), *map(format_cell, values), *statistics, standing.verdicts)
    return _drawn(table)


def _interval(standing: Standing) -> str:
    low, high = standing.interval or (None, None)
    return "–" if standing.interval is None else f"{format_cell(low)} to {format_cell(high)}"


def findings_table(results: Results) -> str:
    """Return the judged findings as a table that is as wide as the terminal."""
    table = Table("finding", "expected", "seen", "reproduced?", show_lines=True)
    for finding in results.findings:
        name = finding.name.replace("_", " ")
        table.add_row(*map(escape, (name, finding.expected, finding.seen, finding.reproduced)))
    return _drawn(table)


def _drawn(table: Table) -> str:
    """Return the table as text that is as wide as the terminal."""
    out = Console(file=io.StringIO(), width=screen().width)
    with out.capture() as captured:
        out.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def best_line(results: Results) -> str:
    """Return the best combination as text: "best: val/accuracy=0.9722 with adam bn, run 80130f9e…".

    It is the combination with the best mean where there are repeats. Combinations that tie with it are named.
    """
    metric, first = results.objective.metric, next(iter(results.ranking), None)
    if first is None or first.value is None:
        names = sorted({name for run in results.runs for name in run.metrics if name not in AT_THE_END})
        others = "" if metric in names or not names else f"; they have {', '.join(names[:MOST_NAMES])}"
        kind = "combination" if first and len(first.runs) > 1 else "run"
        return f"best: none, as no {'feasible ' if results.counts.infeasible else ''}{kind} has {metric}{others}"
    if results.others:
        return _front_line(results)
    settings, ties = f" with {first.name}" if first.levels else "", _ties(results)
    count = len(first.measured)
    which = f"the mean of {count} runs" if count > 1 else f"run {first.measured[0].run_id}"
    return f"best: {metric}={format_cell(first.value)}{settings}, {which}{ties}"


def _front_line(results: Results) -> str:
    """Return the number of combinations on the front of several objectives, and the ends of the front, as text."""
    front = [standing for standing in results.ranking if standing.place is not None]
    metrics = {results.objective.metric: results.objective.direction, **results.others}
    ends = []
    for metric, direction in metrics.items():
        values = [(each.others.get(metric, each.value), each.name) for each in front]
        measured = [(value, name) for value, name in values if value is not None]
        value, name = (max if direction == MAXIMIZE else min)(measured, key=lambda pair: pair[0])
        ends.append(f"{metric}={format_cell(value)} with {name}")
    count = "1 combination" if len(front) == 1 else f"{len(front)} combinations"
    return f"front of {' and '.join(metrics)}: {count} that none beats in all; {'; '.join(ends)}"


def _ties(results: Results) -> str:
    tied = [standing.name for standing in results.ranking[1:] if standing.place == 1]
    more = f" and {len(tied) - SHOWN} more" if len(tied) > SHOWN else ""
    return f"; equal: {'; '.join(tied[:SHOWN])}{more}" if tied else ""


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
    return [*(settings.get(name, "–") for name in names), _value(results, run), run.outcome, run.run_id[:8]]


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

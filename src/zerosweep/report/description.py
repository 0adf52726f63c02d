"""The results in words: for the terminal, and for the description that MLflow shows above a run."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zerosweep.jobs.screen import screen
from zerosweep.masking import masked
from zerosweep.report.outcome import outcome
from zerosweep.report.results import Results
from zerosweep.report.table import shown
from zerosweep.tracking.record import Recorded

BEST_FEW = 5

LONGEST, WHOLE = 200, 8000
"""Characters of a setting, an error or a command in the description; and of all of it, which is what MLflow keeps of a tag."""


def lines(results: Results) -> list[str]:
    """For the terminal: what ran, the best run, and what was found of what others have published."""
    return [str(results.counts), best_line(results), *([findings_table(results)] if results.findings else [])]


def findings_table(results: Results) -> str:
    """As wide as the terminal; where there is none, a line each."""
    table = Table("finding", "expected", "seen", "reproduced?", show_lines=True)
    for one in results.findings:
        table.add_row(*map(escape, (one.name.replace("_", " "), one.expected, one.seen, one.reproduced)))
    out = Console(file=io.StringIO(), width=screen().width)
    with out.capture() as captured:
        out.print(table)
    return captured.get().rstrip("\n")


def best_line(results: Results) -> str:
    """As in "best: val/accuracy=0.9722 with optimizer=adam bn=true, run 80130f9e…"."""
    metric, run = results.objective.metric, results.best
    if run is None:
        return f"best: none, as no run has {metric}"
    settings = " ".join(f"{name}={value}" for name, value in results.settings(run).items())
    return f"best: {metric}={_value(results, run)}{f' with {settings}' if settings else ''}, run {run.run_id}"


def markdown(command: str, results: Results, best_commands: Sequence[str] = ()) -> str:
    """The counts and the best run, with the command that does it alone, which MLflow shows unasked; then the best few, the
    failures and the command."""
    metric = results.objective.metric
    parts = [str(results.counts), _plain(best_line(results)), *(_fenced(one) for one in best_commands[:BEST_FEW])]
    if results.best is not None:
        few = [run for run in results.runs[:BEST_FEW] if outcome(run, metric) is not None]
        names = list(dict.fromkeys(name for run in few for name in results.settings(run)))[:10]
        parts += [_table([*names, metric, "verdict", "run"], [_row(results, run, names) for run in few])]
    if results.findings:
        told = [[one.name, one.expected, one.seen, one.reproduced] for one in results.findings]
        parts += ["**Published findings**", _table(["finding", "expected", "seen", "reproduced?"], told)]
    if results.failures:
        few_failures = [f"- {_code(failure.label)}: {_code(failure.why)}" for failure in results.failures[:BEST_FEW]]
        parts += ["**Failures**", "\n".join(few_failures)]
    parts.append(_code(masked(command)))
    return "\n\n".join(parts)[:WHOLE]


def _row(results: Results, run: Recorded, names: list[str]) -> list[str]:
    settings = results.settings(run)
    return [*(settings.get(name, "–") for name in names), _value(results, run), run.verdict, run.run_id[:8]]


def _value(results: Results, run: Recorded) -> str:
    return shown(outcome(run, results.objective.metric))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    """Text that is no Markdown and no HTML."""
    text = _cut(text)
    for sign in "\\`*_[]|<>":
        text = text.replace(sign, f"\\{sign}")
    return text


def _code(text: str) -> str:
    return _fenced(_cut(text))


def _fenced(text: str) -> str:
    """Text as code, between more backticks than it has in a row: nothing in it ends the code."""
    ticks = "`" * max(2, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {' '.join(text.splitlines())} {ticks}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"

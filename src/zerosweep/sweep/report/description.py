"""The findings in words: for the terminal, and for the description that MLflow shows above a run."""

from __future__ import annotations

from collections.abc import Sequence

from zerosweep.errors import without_password
from zerosweep.sweep.report.findings import Findings
from zerosweep.sweep.report.outcome import outcome
from zerosweep.sweep.report.table import shown
from zerosweep.tracking.record import Recorded

BEST_FEW = 5

LONGEST, WHOLE = 200, 8000
"""Characters of a setting, an error or a command in the description; and of all of it, which is what MLflow keeps of a tag."""


def lines(findings: Findings) -> list[str]:
    """For the terminal: what ran, and the best run."""
    return [str(findings.counts), best_line(findings)]


def best_line(findings: Findings) -> str:
    """As in "best: val/accuracy=0.9722 with optimizer=adam bn=true, run 80130f9e…"."""
    metric, run = findings.objective.metric, findings.best
    if run is None:
        return f"best: none, as no run has {metric}"
    settings = " ".join(f"{name}={value}" for name, value in findings.settings(run).items())
    return f"best: {metric}={_value(findings, run)}{f' with {settings}' if settings else ''}, run {run.run_id}"


def markdown(command: str, findings: Findings, best_commands: Sequence[str] = ()) -> str:
    """The counts and the best run, with the command that does it alone, which MLflow shows unasked; then the best few, the
    failures and the command."""
    metric = findings.objective.metric
    parts = [str(findings.counts), _plain(best_line(findings)), *(f"`` {one} ``" for one in best_commands[:BEST_FEW])]
    if findings.best is not None:
        few = [run for run in findings.runs[:BEST_FEW] if outcome(run, metric) is not None]
        names = list(dict.fromkeys(name for run in few for name in findings.settings(run)))[:10]
        parts += [_table([*names, metric, "verdict", "run"], [_row(findings, run, names) for run in few])]
    if findings.failures:
        few_failures = [f"- {_code(failure.label)}: {_code(failure.why)}" for failure in findings.failures[:BEST_FEW]]
        parts += ["**Failures**", "\n".join(few_failures)]
    parts.append(_code(without_password(command)))
    return "\n\n".join(parts)[:WHOLE]


def _row(findings: Findings, run: Recorded, names: list[str]) -> list[str]:
    settings = findings.settings(run)
    return [*(settings.get(name, "–") for name in names), _value(findings, run), run.verdict, run.run_id[:8]]


def _value(findings: Findings, run: Recorded) -> str:
    return shown(outcome(run, findings.objective.metric))


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
    return f"`` {_cut(text)} ``"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"

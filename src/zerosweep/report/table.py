"""The tables of a report: of runs, repeats, differences and findings, each also as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zerosweep.config.schemas import Objective
from zerosweep.metrics import TABLES, described
from zerosweep.plugins.parts import PARTS
from zerosweep.report.factors import SEED, level
from zerosweep.report.finding import JudgedFinding
from zerosweep.report.outcome import INFEASIBLE, final_value, ranked
from zerosweep.report.repeats import Group, PairedDifference
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.recorded import HEALTH

OBJECTIVE = "objective"

MOST_OWN = 20
"""The largest number of columns for metrics of one's own, as of a trainable."""

Cell = str | float | None


@dataclass(frozen=True)
class Table:
    """A table. Each row has a cell for every column; an empty cell is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self) -> str:
        """Return the table as CSV, with all digits of every number."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([["" if cell is None else cell for cell in row] for row in self.rows])
        return text.getvalue()


def run_table(runs: Sequence[Recorded], factors: Sequence[str], objective: Objective) -> Table:
    """Return a table with a row for each run, in the order of `ranked`.

    A run that diverged has an empty objective. Its metrics are the last finite ones. The constraints that infeasible
    runs violate have a column if there are such runs, and so has the health of the units if it is not ok in all runs.
    """
    recorded = dict.fromkeys(name for run in runs for name in run.metrics)
    own = sorted(name for name in recorded if described(name) is None or ("metric", name) in PARTS)[:MOST_OWN]
    metrics = [*(metric for metric in TABLES if metric in recorded), *own]
    infeasible = [INFEASIBLE] if any(INFEASIBLE in run.tags for run in runs) else []
    unwell = [HEALTH] if any(run.tags.get(HEALTH, "ok") != "ok" for run in runs) else []
    before = ("run_id", "status", "verdict", *factors, SEED, OBJECTIVE)
    return Table(
        (*before, *metrics, "seconds", "diverged_at", *unwell, *infeasible, "error", "config_id"),
        tuple(_row(run, factors, objective, metrics, [*unwell, *infeasible]) for run in ranked(runs, objective)),
    )


def _row(
    run: Recorded, factors: Sequence[str], objective: Objective, metrics: Iterable[str], tags: Iterable[str]
) -> tuple[Cell, ...]:
    return (
        run.run_id,
        run.status,
        run.verdict,
        *(level(run, factor) for factor in factors),
        level(run, SEED),
        final_value(run, objective.metric),
        *(run.metrics.get(metric) for metric in metrics),
        run.seconds if run.seconds is None else round(run.seconds, 3),
        run.tags.get("diverged_at"),
        *(run.tags.get(tag) for tag in tags),
        error_of(run) or None,
        run.tags.get("config_id"),
    )


def error_of(run: Recorded) -> str:
    """Return the recorded error of a run in one line; "" where none is recorded."""
    lines = run.tags.get("error", "").strip().splitlines()
    return lines[0] if lines else ""


def finding_table(findings: Sequence[JudgedFinding]) -> Table:
    """Return a table with a row for each finding."""
    columns = ("finding", "expected", "seen", "reproduced", "source", "way", "claim")
    rows = ((f.name, f.expected, f.seen, f.reproduced, f.source, f.way, f.claim) for f in findings)
    return Table(columns, tuple(rows))


def group_table(groups: Sequence[Group], factors: Sequence[str]) -> Table:
    """Return a table with a row for each group of repeats."""
    numbers = ("n", "diverged", "missing", "mean", "sd", "low", "high")
    rows = ((*g.levels, g.n, g.diverged, g.missing, g.mean, g.sd, *(g.interval or (None, None))) for g in groups)
    return Table((*factors, *numbers), tuple(rows))


def difference_table(differences: Sequence[PairedDifference]) -> Table:
    """Return a table with a row for each paired difference."""
    columns = ("factor", "level", "minus", "seeds", "lost", "difference", "low", "high", "p", "p_corrected")
    rows = (
        (d.factor, d.b, d.a, d.seeds, d.lost, d.mean, *(d.interval or (None, None)), d.p, d.corrected)
        for d in differences
    )
    return Table(columns, tuple(rows))


def format_cell(cell: Cell) -> str:
    """Return a cell as text for people: numbers with four digits, and a dash for an empty cell."""
    if cell is None or cell == "":
        return "–"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)

"""When the runs of a sweep began and ended, as the store has it; read from SQLite, as MLflow takes seconds to import."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

RUNS = """
    select start_time, end_time, status from runs
    where run_uuid in (select run_uuid from tags where key = 'role' and value = 'run') order by start_time
"""

STEPS = "select sum(value) from latest_metrics where key = 'time/steps'"


class Spoilt(Exception):
    """A measurement that says nothing, because what was measured went wrong."""


@dataclass(frozen=True)
class Runs:
    """What a sweep spent its time on, in seconds. before: from the command's start to the first run's. span: from there to the
    last run's end. after: from there to the command's end. inside: of all runs, each from its start to its end."""

    count: int
    before: float
    span: float
    after: float
    inside: float
    steps: int

    @property
    def between(self) -> float:
        """In which no run was open, between the first and the last: of sweeps that have one worker."""
        return self.span - self.inside


def runs_in(database: Path, began: float, ended: float) -> Runs | None:
    """Of the command that lasted so, in seconds since the epoch. None where it has made no run of ours."""
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(RUNS).fetchall()
        (steps,) = connection.execute(STEPS).fetchone()
    if not rows:
        return None
    if wrong := [status for _, _, status in rows if status != "FINISHED"]:
        raise Spoilt(f"of {len(rows)} runs {len(wrong)} are not FINISHED but {', '.join(sorted(set(wrong)))}")
    starts, ends = [start / 1000 for start, _, _ in rows], [end / 1000 for _, end, _ in rows]
    inside = sum(ends) - sum(starts)
    return Runs(len(rows), min(starts) - began, max(ends) - min(starts), ended - max(ends), inside, int(steps or 0))

"""The times of the runs in a store, read from SQLite directly, because MLflow takes seconds to import."""

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


class MeasurementFailed(Exception):
    """A measured command or run failed, so its time means nothing."""


@dataclass(frozen=True)
class Runs:
    """The times of a sweep's runs, in seconds.

    Attributes:
        count: The number of runs.
        before: The time from the start of the command to the start of the first run.
        span: The time from the start of the first run to the end of the last.
        after: The time from the end of the last run to the end of the command.
        inside: The sum of the times of all runs.
        steps: The number of updates in all runs.
    """

    count: int
    before: float
    span: float
    after: float
    inside: float
    steps: int

    @property
    def between(self) -> float:
        """The time between runs, in a sweep with one worker."""
        return self.span - self.inside


def runs_in(database: Path, began: float, ended: float) -> Runs | None:
    """Return the times of the runs in a store, or None if it has no run of zerosweep.

    Args:
        database: The store's SQLite file.
        began: The start of the command, in seconds since the epoch.
        ended: The end of the command, in seconds since the epoch.

    Raises:
        MeasurementFailed: A run is not FINISHED.
    """
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(RUNS).fetchall()
        (steps,) = connection.execute(STEPS).fetchone()
    if not rows:
        return None
    if wrong := [status for _, _, status in rows if status != "FINISHED"]:
        raise MeasurementFailed(
            f"of {len(rows)} runs {len(wrong)} are not FINISHED but {', '.join(sorted(set(wrong)))}"
        )
    starts, ends = [start / 1000 for start, _, _ in rows], [end / 1000 for _, end, _ in rows]
    inside = sum(ends) - sum(starts)
    return Runs(len(rows), min(starts) - began, max(ends) - min(starts), ended - max(ends), inside, int(steps or 0))

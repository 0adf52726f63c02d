"""The objective of each run, the order of runs by it, and counts of how runs ended."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zerosweep.config.schemas import Objective
from zerosweep.metrics import direction
from zerosweep.tracking.record import Recorded

INFEASIBLE = "infeasible"
"""Tag of a run within the report of a search: the constraints of the search that the run violates."""


def final_value(run: Recorded, metric: str) -> float | None:
    """Return the last value of a metric that a run can be compared by.

    Returns:
        The value; None if it is not finite, or the run failed, diverged, was pruned or is infeasible.
    """
    if run.status != "FINISHED" or run.verdict == "diverged" or "pruned" in run.tags or INFEASIBLE in run.tags:
        return None
    value = run.metrics.get(metric)
    return value if value is not None and math.isfinite(value) else None


def direction_of(metric: str, objective: Objective) -> str:
    """Return `maximize`, `minimize` or `neither` for a metric. The objective has its own direction."""
    return objective.direction if metric == objective.metric else direction(metric)


def ranked(runs: Sequence[Recorded], objective: Objective) -> list[Recorded]:
    """Return the runs, the best first.

    Of equally good runs the earlier comes first. Runs without a value of the objective follow, and runs that did not
    finish come last.
    """
    sign = -1 if objective.direction == "maximize" else 1

    def key(run: Recorded) -> tuple[bool, float, float, str]:
        value = final_value(run, objective.metric)
        return run.status != "FINISHED", math.inf if value is None else sign * value, run.started, run.run_id

    return sorted(runs, key=key)


def best(runs: Sequence[Recorded], objective: Objective) -> Recorded | None:
    """Return the best run; None where no run has a value of the objective."""
    first = next(iter(ranked(runs, objective)), None)
    return first if first is not None and final_value(first, objective.metric) is not None else None


@dataclass(frozen=True)
class Counts:
    """Numbers of runs by how they ended.

    Attributes:
        total: All runs.
        finished: Runs that finished, diverged ones included.
        cached: Finished runs that were answered from the record.
        pruned: Finished runs that were stopped early.
        infeasible: Finished runs that violate a constraint of the search.
        failed: Runs that failed, those that left no run in the store included.
        killed: Runs that were stopped from outside.
        running: Runs that have not ended.
        verdicts: Runs by verdict, the most frequent first.
    """

    total: int
    finished: int
    cached: int
    pruned: int
    infeasible: int
    failed: int
    killed: int
    running: int
    verdicts: Mapping[str, int]

    def __str__(self) -> str:
        """Return the counts as text: "6 runs: 5 finished (2 from the record), 1 failed; 4 learned, 1 stuck"."""
        among = {"from the record": self.cached, "pruned": self.pruned, "infeasible": self.infeasible}
        parts = ", ".join(f"{count} {word}" for word, count in among.items() if count)
        finished = f"{self.finished} finished" + (f" ({parts})" if parts else "")
        others = {"failed": self.failed, "killed": self.killed, "running": self.running}
        ended = [finished, *(f"{count} {word}" for word, count in others.items() if count)]
        verdicts = [f"{count} {word}" for word, count in self.verdicts.items()]
        runs = "1 run" if self.total == 1 else f"{self.total} runs"
        return f"{runs}: {', '.join(ended)}" + (f"; {', '.join(verdicts)}" if verdicts else "")


def count(runs: Sequence[Recorded], cached: frozenset[str] = frozenset(), unrecorded: int = 0) -> Counts:
    """Count runs by how they ended.

    Args:
        runs: The runs in the store.
        cached: Ids of the runs that were answered from the record.
        unrecorded: Number of failures that left no run in the store.
    """
    statuses = Counter(run.status for run in runs)
    return Counts(
        total=len(runs) + unrecorded,
        finished=statuses["FINISHED"],
        cached=sum(run.run_id in cached and run.status == "FINISHED" for run in runs),
        pruned=sum("pruned" in run.tags and run.status == "FINISHED" for run in runs),
        infeasible=sum(INFEASIBLE in run.tags and run.status == "FINISHED" for run in runs),
        failed=statuses["FAILED"] + unrecorded,
        killed=statuses["KILLED"],
        running=len(runs) - statuses["FINISHED"] - statuses["FAILED"] - statuses["KILLED"],
        verdicts=dict(Counter(run.verdict for run in runs if run.verdict).most_common()),
    )

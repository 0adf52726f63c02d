"""How runs came out: what each is judged by, and which is best."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zerosweep.config.schemas import Objective
from zerosweep.metrics import direction
from zerosweep.tracking.record import Recorded


def outcome(run: Recorded, metric: str) -> float | None:
    """The last value of the metric, or None for a run that failed, diverged or was pruned: what it had till then judges nothing."""
    if run.status != "FINISHED" or run.verdict == "diverged" or "pruned" in run.tags:
        return None
    value = run.metrics.get(metric)
    return value if value is not None and math.isfinite(value) else None


def direction_of(metric: str, objective: Objective) -> str:
    """Return maximize, minimize or neither. The objective has its own direction."""
    return objective.direction if metric == objective.metric else direction(metric)


def ranked(runs: Sequence[Recorded], objective: Objective) -> list[Recorded]:
    """The best first, the earlier of equals; then those without an objective; those that failed or were killed last."""
    sign = -1 if objective.direction == "maximize" else 1

    def key(run: Recorded) -> tuple[bool, float, float, str]:
        value = outcome(run, objective.metric)
        return run.status != "FINISHED", math.inf if value is None else sign * value, run.started, run.run_id

    return sorted(runs, key=key)


def best(runs: Sequence[Recorded], objective: Objective) -> Recorded | None:
    """The best run, or None where none has an objective."""
    first = next(iter(ranked(runs, objective)), None)
    return first if first is not None and outcome(first, objective.metric) is not None else None


@dataclass(frozen=True)
class Counts:
    """Of runs. cached, pruned: of those finished, answered from the record, and stopped early; failed: also those that left no
    run in the store."""

    total: int
    finished: int
    cached: int
    pruned: int
    failed: int
    killed: int
    running: int
    verdicts: Mapping[str, int]

    def __str__(self) -> str:
        """As in "6 runs: 5 finished (2 from the record, 1 pruned), 1 failed; 4 learned, 1 stuck"."""
        among = {"from the record": self.cached, "pruned": self.pruned}
        told = ", ".join(f"{count} {word}" for word, count in among.items() if count)
        finished = f"{self.finished} finished" + (f" ({told})" if told else "")
        others = {"failed": self.failed, "killed": self.killed, "running": self.running}
        ended = [finished, *(f"{count} {word}" for word, count in others.items() if count)]
        verdicts = [f"{count} {word}" for word, count in self.verdicts.items()]
        runs = "1 run" if self.total == 1 else f"{self.total} runs"
        return f"{runs}: {', '.join(ended)}" + (f"; {', '.join(verdicts)}" if verdicts else "")


def count(runs: Sequence[Recorded], cached: frozenset[str] = frozenset(), unrecorded: int = 0) -> Counts:
    """unrecorded: failures that left no run in the store."""
    statuses = Counter(run.status for run in runs)
    return Counts(
        total=len(runs) + unrecorded,
        finished=statuses["FINISHED"],
        cached=sum(run.run_id in cached and run.status == "FINISHED" for run in runs),
        pruned=sum("pruned" in run.tags and run.status == "FINISHED" for run in runs),
        failed=statuses["FAILED"] + unrecorded,
        killed=statuses["KILLED"],
        running=len(runs) - statuses["FINISHED"] - statuses["FAILED"] - statuses["KILLED"],
        verdicts=dict(Counter(run.verdict for run in runs if run.verdict).most_common()),
    )

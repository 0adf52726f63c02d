"""A run in one line: the latest figures beside its progress bar, and what came out at its end."""

from __future__ import annotations

from collections.abc import Mapping

from zerosweep.metrics import LINES, not_measured, objectives
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.runlog import RunLog
from zerosweep.training.records import History
from zerosweep.training.stream import Stream

PRUNED, PRUNED_BY = "pruned", "pruned_by"
"""Tags of a run that a search has stopped early: `true`, and the pruner or the finding that stopped it."""

MOST_METRICS = 6
"""The most metrics in the last line of a run."""


def latest(history: History, objective: str) -> str:
    """Return the latest loss of a mini-batch and the latest value of the objective's metric, where there are such."""
    loss = {"loss": history.losses[-1]} if history.losses else {}
    value = next((e.metrics[objective] for e in reversed(history.evaluations) if objective in e.metrics), None)
    found = loss | ({} if value is None else {objective: value})
    return ", ".join(f"{name}={value:.4g}" for name, value in found.items())


def summary(history: History, runlog: RunLog, problem: Problem | Stream, objective: str, seconds: float) -> str:
    """Return the verdict, the last metrics, the duration and the id of the run in one line."""
    names = dict.fromkeys([objective, *problem.names] if isinstance(problem, Stream) else LINES)
    metrics = [f"{name}={value:.4g}" for name in names if (value := history.last(name)) is not None][:MOST_METRICS]
    word = runlog.tags["verdict"] + (f" at step {history.diverged.step}" if history.diverged else "")
    word += f", {pruned_words(runlog.tags)}" if PRUNED in runlog.tags else ""
    return f"{word}: {' '.join(metrics)} ({history.steps} steps, {seconds:.1f} s) run {runlog.run_id}"


def unrecorded(objective: str, stream: Stream) -> str | None:
    """Return a line that names what a trainable recorded, if the objective's metric is not among it; else None."""
    if objective in stream.names:
        return None
    return str(not_measured("objective.metric", objective, objectives(stream.names), "this run"))


def pruned_words(tags: Mapping[str, str]) -> str:
    """Return the words for a pruned run, as in "pruned (hidden5 collapsed from step 0)"."""
    return f"pruned ({tags[PRUNED_BY]})" if PRUNED_BY in tags else "pruned"

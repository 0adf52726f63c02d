"""Estimated duration of runs, from the recorded duration of similar runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from zerosweep.config.purposes import purpose
from zerosweep.jobs.job import Job
from zerosweep.recipe import Purpose
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.runlog import as_typed

COSTLY_GROUPS = ("task", "dataset", "model", "loss")
"""Config groups whose choice and settings determine how long a step takes."""

COSTLY = ("bn", "trainer.batch_size", "trainer.dtype", "trainer.gradient", "trainer.eval_every")
"""The other settings that determine how long a step takes."""

Likeness = frozenset[tuple[str, str]]


def predict(jobs: Iterable[Job], recorded: Sequence[Recorded]) -> dict[int, float | None]:
    """Predict how long each job takes: the median over similar runs, with their training scaled to the job's steps.

    Returns:
        By job number, the seconds; None where no similar run is recorded.
    """
    similar: dict[Likeness, list[Recorded]] = defaultdict(list)
    for run in recorded:
        if run.seconds and run.metrics.get("time/steps"):
            similar[likeness(run.params)].append(run)
    predicted: dict[int, float | None] = {}
    for job in jobs:
        params = {name: as_typed(value) for name, value in job.config.flat().items()}
        seconds = [_scaled(run, job.steps) for run in similar.get(likeness(params), ())]
        predicted[job.number] = median(seconds) if seconds else None
    return predicted


def likeness(params: Mapping[str, str]) -> Likeness:
    """Return the costly settings of a run, without those that say where data lie. Similar runs have equal ones."""
    return frozenset(
        (name, value)
        for name, value in params.items()
        if (name in COSTLY or name.partition(".")[0] in COSTLY_GROUPS) and purpose(name) is not Purpose.PLACE
    )


def _scaled(run: Recorded, steps: int) -> float:
    """Return the seconds that the run would have taken with `steps` steps: only its training grows with them."""
    training = run.metrics["time/seconds"]
    return max(0.0, (run.seconds or 0.0) - training) + training * steps / run.metrics["time/steps"]


def makespan(seconds: Sequence[float], workers: int) -> float:
    """Return how long a sweep takes at the least on `workers` workers.

    Args:
        seconds: The duration of each run, at least one. Workers do not share a run.
    """
    return max(max(seconds), sum(seconds) / workers)

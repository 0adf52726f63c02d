"""Estimated duration of runs, from the recorded duration of similar runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from zerosweep.config.purposes import purpose
from zerosweep.jobs.job import Job
from zerosweep.recipe import Purpose
from zerosweep.tracking.params import as_typed
from zerosweep.tracking.record import Recorded

COSTLY = {"task", "dataset", "model", "loss", "bn",
          "trainer.batch_size", "trainer.dtype", "trainer.gradient", "trainer.eval_every"}  # fmt: skip
"""The settings that determine how long a step takes. A group stands for its settings too."""


def predict(jobs: Iterable[Job], recorded: Sequence[Recorded]) -> dict[int, float | None]:
    """Predict the seconds of each job, by its number: the median over similar runs; None where none is recorded.

    Runs are similar where all costly settings are equal. Their training time is scaled to the steps of the job, where they are known.
    """
    similar: dict[frozenset[tuple[str, str]], list[Recorded]] = {}
    for run in recorded:
        if run.seconds and run.metrics.get("time/steps"):
            similar.setdefault(_costly(run.params), []).append(run)
    predicted: dict[int, float | None] = {}
    for job in jobs:
        params = {name: as_typed(value) for name, value in job.config.flat().items()}
        seconds = [_scaled(run, job.steps) for run in similar.get(_costly(params), ())]
        predicted[job.number] = median(seconds) if seconds else None
    return predicted


def makespan(seconds: Sequence[float], workers: int) -> float:
    """Return the least time in which `workers` workers finish runs of these durations, at least one run in all."""
    return max(max(seconds), sum(seconds) / workers)


def _costly(params: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    names = (name for name in params if name in COSTLY or name.partition(".")[0] in COSTLY)
    return frozenset((name, params[name]) for name in names if purpose(name) is not Purpose.PLACE)


def _scaled(run: Recorded, steps: int | None) -> float:
    """Return the seconds that the run would have taken with this number of steps; its own if that is None."""
    training = run.metrics["time/seconds"]
    return max(0.0, (run.seconds or 0.0) - training) + training * (steps / run.metrics["time/steps"] if steps else 1)

"""How long runs will take, from how long runs like them took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from zerosweep.config.purposes import purpose
from zerosweep.jobs.job import Job
from zerosweep.recipe import Purpose
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.runlog import as_typed

COSTLY = (
    ("task", "dataset", "model", "loss", "bn", "trainer.batch_size", "trainer.dtype", "trainer.gradient"),
    ("trainer.eval_every", "tracking.figures", "optimizer", "regularizer"),
)
"""What the time of a step depends on, first what most of it depends on; a group's name stands for its settings too."""

OWN_SETTINGS = ("task", "dataset", "model")
"""Groups of which the settings count, and not only the choice."""


def predict(jobs: Iterable[Job], recorded: Sequence[Recorded]) -> dict[int, float | None]:
    """By job number, the seconds that the job will take, or None where no run like it is on record.

    Runs that agree in all that is costly are asked first, then those that agree in the first part of it.
    """
    timed = [run for run in recorded if run.seconds and run.metrics.get("time/steps")]
    likenesses: list[dict[tuple[str, ...], tuple[float, float]]] = [
        _rates(timed, [*COSTLY[0], *COSTLY[1]]),
        _rates(timed, COSTLY[0]),
    ]
    predicted: dict[int, float | None] = {}
    for job in jobs:
        params = {name: as_typed(value) for name, value in job.config.flat().items()}
        keys = _key(params, [*COSTLY[0], *COSTLY[1]]), _key(params, COSTLY[0])
        found = next((rates[key] for rates, key in zip(likenesses, keys, strict=True) if key in rates), None)
        predicted[job.number] = None if found is None else found[0] + found[1] * job.steps
    return predicted


def together(seconds: Sequence[float], workers: int) -> float:
    """The seconds that runs of these `seconds` each, at least one, take on so many workers: no two share a run."""
    return max(max(seconds), sum(seconds) / workers)


def _rates(runs: Iterable[Recorded], names: Sequence[str]) -> dict[tuple[str, ...], tuple[float, float]]:
    """By likeness: (seconds around the training, seconds a step with its share of the evaluations), medians."""
    alike: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for run in runs:
        seconds = run.metrics["time/seconds"]
        around = max(0.0, (run.seconds or 0) - seconds)
        alike.setdefault(_key(run.params, names), []).append((around, seconds / run.metrics["time/steps"]))
    return {key: (median(a for a, _ in times), median(s for _, s in times)) for key, times in alike.items()}


def _key(params: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    inner = [name for name in sorted(params) if name.partition(".")[0] in OWN_SETTINGS and name not in names]
    return tuple(f"{name}={params.get(name)}" for name in (*names, *inner) if purpose(name) is not Purpose.PLACE)

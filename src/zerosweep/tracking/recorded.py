"""A run in the store as a plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.entities import Run

HEALTH = "health"
"""Tag of a run with hidden units: "ok", "dying" or "saturated", whatever its verdict."""

STEPS_PER_EPOCH = "steps_per_epoch"
"""Tag of a run of a network: the number of mini-batches that cover the training rows once."""

NOTE = "mlflow.note.content"
"""Tag of a run or an experiment that MLflow shows as its description."""


@dataclass(frozen=True)
class Recorded:
    """A run in the store.

    Attributes:
        run_id: The id of the run.
        experiment_id: The id of its experiment.
        name: Its name, as in "adam bn".
        status: RUNNING, FINISHED, FAILED or KILLED.
        started: Start time, in seconds since the epoch.
        seconds: Duration; None while the run is RUNNING.
        params: Values as text, by setting (`optimizer.lr`) or config group (`optimizer`).
        metrics: The last value of each metric.
        tags: Tags without those of MLflow itself.
    """

    run_id: str
    experiment_id: str
    name: str
    status: str
    started: float
    seconds: float | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def verdict(self) -> str:
        """learned, slow, stuck, dying or diverged; "" for a run without a verdict, as one that failed."""
        return self.tags.get("verdict", "")

    @property
    def outcome(self) -> str:
        """The verdict, and the health of the hidden units unless it is ok or is the verdict: "learned (dying)"."""
        unwell = self.tags.get(HEALTH, "ok")
        return self.verdict if unwell in ("ok", self.verdict) or not self.verdict else f"{self.verdict} ({unwell})"

    @property
    def per_epoch(self) -> int | None:
        """Number of steps in an epoch; None for a run without epochs, and for one that did not record it."""
        found = self.tags.get(STEPS_PER_EPOCH, "")
        return int(found) if found.isdecimal() and int(found) else None


def recorded_of(run: Run) -> Recorded:
    """Return a run as MLflow's client gives it."""
    started, ended = run.info.start_time / 1000, run.info.end_time and run.info.end_time / 1000
    return Recorded(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        name=run.info.run_name,
        status=run.info.status,
        started=started,
        seconds=ended - started if ended else None,
        params=run.data.params,
        metrics=run.data.metrics,
        tags={name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")},
    )

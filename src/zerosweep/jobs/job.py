"""Jobs and their outcomes: plain values that are sent between processes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from zerosweep.config.read import Config
from zerosweep.plugins.loading import Shipment
from zerosweep.runs.assemble import validate
from zerosweep.runs.identity import Identity, identify
from zerosweep.runs.run import Watch


class Trial(Protocol):
    """A search's part of a job: a plain value that is sent to the worker and watches the run there."""

    @property
    def study(self) -> str:
        """Name of the study."""
        ...

    def watch(self) -> Watch:
        """Return the function that is called at every evaluation and may stop the run."""
        ...


@dataclass(frozen=True)
class Job:
    """One run of a sweep, to be done by a worker.

    Attributes:
        number: Position in the sweep, from 0.
        config: The configuration of the run.
        identity: The identity of the run.
        steps: Number of updates; None if it is not known.
        reuse: Whether a recorded run may answer it.
        tags: Additional tags of the run.
        trial: The trial of a search; None in a grid.
    """

    number: int
    config: Config
    identity: Identity
    steps: int | None
    reuse: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None

    @property
    def label(self) -> str:
        """The name that tells the job from the others."""
        return self.config.name

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the plugins ahead of the rest, which cannot be unpickled without their classes."""
        return _received, (Shipment(), *(getattr(self, field.name) for field in fields(self)))


def _received(plugins: Shipment, *values: Any) -> Job:
    return Job(*values)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a job.

    Attributes:
        status: "finished" (trained now), "cached" (answered by a recorded run), "failed", or "busy" (another process is
            running it, so nothing was done).
        run_id: The run's id in MLflow, "" if there is none.
        verdict: The run's verdict, such as "learned".
        objective: The objective; NaN if the run diverged or failed.
        line: A summary in one line. For a failure, the reason.
        pruned: Whether a search stopped the run early.
        metrics: The last recorded value of each metric; empty unless the job was trained now.
        of_machine: Whether a failure was the machine's, such as a full disk or a killed process, and not the run's own:
            the same job may succeed later.
    """

    status: str
    run_id: str = ""
    verdict: str = ""
    objective: float = math.nan
    line: str = ""
    pruned: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict)
    of_machine: bool = False

    @property
    def error(self) -> str | None:
        """The reason of the failure, or None if the job did not fail."""
        return self.line if self.status == "failed" else None


def job_of(number: int, config: Config) -> Job:
    """Return the job of one configuration.

    Args:
        number: Position in the sweep, from 0.
        config: The configuration of the run.

    Raises:
        UserError: The configuration, or a data file that it names, has a mistake.
    """
    validated = validate(config.settings)
    identity = identify(config.settings, validated.data_id)
    return Job(number, config, identity, validated.steps, config.settings.reuse)


class WorkerDied(Exception):
    """The process that was running a job died."""


class TimedOut(Exception):
    """A job exceeded its time limit and was stopped."""

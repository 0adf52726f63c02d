"""What is to be done, and what came of it: plain values that travel between processes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zerosweep.config.read import Config
from zerosweep.runs.assemble import validate
from zerosweep.runs.identity import Identity, config_id
from zerosweep.runs.run import Watch
from zerosweep.runs.sources import code_id


class Trial(Protocol):
    """What a search attaches to a job: a plain value that travels to the worker and watches the run there."""

    @property
    def study(self) -> str:
        """Name of the study."""
        ...

    def watch(self) -> Watch:
        """Return what is shown every evaluation and may stop the run."""
        ...


@dataclass(frozen=True)
class Job:
    """One run of a sweep. number: its place, from 0. label: the settings that tell it from the others. steps: updates it
    will do. reuse: whether the record may answer it. tags: more of them, for its run. trial: of a search, None in a grid."""

    number: int
    label: str
    config: Config
    identity: Identity
    steps: int
    reuse: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a job.

    Attributes:
        status: finished (trained now), cached (answered from the record), failed, or busy (another process is running
            it, and nothing was done).
        run_id: Id of its run; "" without one.
        verdict: The run's verdict; "" without one.
        objective: Its objective value; NaN where the run diverged or failed.
        line: The result in one line; of a failure, the reason.
        pruned: Whether the run was stopped early.
        metrics: The last recorded value of each metric; empty unless the job was trained now.
    """

    status: str
    run_id: str = ""
    verdict: str = ""
    objective: float = math.nan
    line: str = ""
    pruned: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def error(self) -> str | None:
        """The reason of a failure."""
        return self.line if self.status == "failed" else None


def job_of(number: int, label: str, config: Config) -> Job:
    """The job of one configuration. A mistake in it, or in the data it names, is a `UserError`."""
    settings = config.settings
    fits = validate(settings)
    return Job(
        number, label, config, Identity(config_id(settings), code_id(), fits.data_id), fits.steps, settings.reuse
    )


class WorkerDied(Exception):
    """The process that was at work on a job is gone."""


class TimedOut(Exception):
    """A job took longer than it may, and was stopped."""

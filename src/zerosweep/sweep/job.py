"""What is to be done, and what came of it: plain values that travel between processes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zerosweep.config.read import Config
from zerosweep.identity import Identity


@dataclass(frozen=True)
class Trial:
    """Where a worker reports to, and asks whether to go on. storage: URL; study: name; id: the trial's in the storage. metric:
    what is reported. pruner: as `search.samplers` has it. command: an id of the search, for which a worker keeps one storage open."""

    storage: str
    study: str
    id: int
    metric: str
    pruner: Any
    command: str


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
    """What came of a job.

    status: finished (trained now), cached (answered from the record), failed, or busy (another process is at it; nothing
    was done). objective: NaN where the run diverged or failed. line: the whole in one line; of a failure, the reason. pruned:
    whether it was stopped early.
    """

    status: str
    run_id: str = ""
    verdict: str = ""
    objective: float = math.nan
    line: str = ""
    pruned: bool = False

    @property
    def error(self) -> str | None:
        """The reason of a failure."""
        return self.line if self.status == "failed" else None


class WorkerDied(Exception):
    """The process that was at work on a job is gone."""


class TimedOut(Exception):
    """A job took longer than it may, and was stopped."""

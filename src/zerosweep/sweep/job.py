"""What is to be done, and what came of it: plain values that travel between processes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zerosweep.config.read import Config
from zerosweep.identity import Identity


@dataclass(frozen=True)
class Job:
    """One run of a sweep. number: its place, from 0. label: the settings that tell it from the others. steps: updates it
    will do. reuse: whether the record may answer it."""

    number: int
    label: str
    config: Config
    identity: Identity
    steps: int
    reuse: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    status: finished (trained now), cached (answered from the record), failed, or busy (another process is at it; nothing
    was done). objective: NaN where the run diverged or failed. line: the whole in one line; of a failure, the reason.
    """

    status: str
    run_id: str = ""
    verdict: str = ""
    objective: float = math.nan
    line: str = ""

    @property
    def error(self) -> str | None:
        """The reason of a failure."""
        return self.line if self.status == "failed" else None


class WorkerDied(Exception):
    """The process that was at work on a job is gone."""


class TimedOut(Exception):
    """A job took longer than it may, and was stopped."""

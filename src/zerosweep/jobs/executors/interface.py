"""Where jobs run: the one interface that the engine knows."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from zerosweep.jobs.job import Job, Outcome


class Executor(Protocol):
    """Workers that do jobs, each in a process that its end costs nothing but the job."""

    @property
    def workers(self) -> int:
        """How many jobs run at once; may change while they do."""
        ...

    def prepare(self) -> None:
        """Begin, in the background, with what takes long before the first job."""
        ...

    def submit(self, job: Job) -> Future[Outcome]:
        """Begin the job. The future gives its outcome, or raises `WorkerDied` or `TimedOut`; it cannot be cancelled."""
        ...

    def close(self) -> None:
        """Stop the workers; a job that is still running is ended, and its run closed as KILLED."""
        ...

"""The interface of executors, which the engine uses to run jobs."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Protocol

from zerosweep.jobs.job import Outcome


class Executor(Protocol):
    """Workers that run jobs in processes of their own. If such a process dies, only its job is lost."""

    @property
    def workers(self) -> int:
        """Maximal number of jobs that run at the same time. It may change during the sweep."""
        ...

    def prepare(self) -> None:
        """Start the slow preparations for the first job in the background."""
        ...

    def submit(self, job: Any) -> Future[Outcome]:
        """Start the job. The future gives its outcome, or raises `WorkerDied` or `TimedOut`. It cannot be cancelled."""
        ...

    def close(self) -> None:
        """Stop the workers. A job that is still running is stopped, and its run closed as KILLED."""
        ...

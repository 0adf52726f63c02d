"""The engine: gives jobs to workers as they become free, and starts jobs that lost their worker again."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from time import sleep
from typing import Any, Protocol

from zerosweep import interruption
from zerosweep.jobs.attempts import Attempts
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Outcome, TimedOut, WorkerDied

POLL_SECONDS = 0.5
"""Seconds between two checks for new workers, and for jobs that another sweep was running."""


class Supply(Protocol):
    """A source of jobs of one kind that is informed about each step of every job."""

    def next(self) -> Any | None:
        """Return the next job for a free worker, or None if there is none at the moment."""
        ...

    def started(self, job: Any) -> None:
        """Called when a worker has begun the job."""
        ...

    def retried(self, job: Any, why: str) -> None:
        """Called when the job failed, for the reason `why`, and will start again."""
        ...

    def waiting(self, job: Any) -> None:
        """Called when another sweep is running the job. It will start again once that sweep has finished or left it."""
        ...

    def done(self, job: Any, outcome: Outcome) -> None:
        """Called with the final outcome of the job."""
        ...


class Record(Protocol):
    """What is recorded of the jobs outside this process."""

    def marked(self, job: Any) -> Any:
        """Return the job with a mark of the engine."""
        ...

    def free(self, job: Any) -> bool:
        """Return whether no other process is running the job."""
        ...

    def failed(self, job: Any) -> str:
        """Return the id of the recorded run of a job that failed, or "" if there is none."""
        ...

    def close(self, job: Any, why: str) -> None:
        """Close what a lost worker left open of the job, for the reason `why`."""
        ...


RETRIES_OF_LOST, RETRIES_OF_FAILED = 1, 0
"""Default number of retries of a job that lost its worker, and of a job that raised, which would raise again."""


class Engine:
    """Runs the jobs of a supply on the workers of an executor.

    Args:
        supply: Gives the jobs and is informed about them.
        executor: Has the workers.
        retries: How often a job that failed starts again. None for the defaults: once if it lost its worker, never if
            it raised.
        record: The record of the jobs; None for that of runs in MLflow.
    """

    def __init__(self, supply: Supply, executor: Executor, retries: int | None = None, record: Record | None = None):
        self.supply, self.executor, self.record = supply, executor, record or Attempts()
        self._retries_of_lost = RETRIES_OF_LOST if retries is None else retries
        self._retries_of_failed = RETRIES_OF_FAILED if retries is None else retries
        self._running: dict[Future[Outcome], Any] = {}
        self._again: deque[Any] = deque()
        self._elsewhere: deque[Any] = deque()
        self._retries: Counter[int] = Counter()

    def run(self) -> None:
        """Run jobs until the supply has none left and every job is done."""
        self._fill()
        while self._running or self._elsewhere:
            if self._running:
                finished, _ = wait(self._running, POLL_SECONDS, FIRST_COMPLETED)
                for future in finished:
                    self._finish(self._running.pop(future), future)
            else:
                sleep(POLL_SECONDS)
            interruption.check()
            self._fill()

    def _fill(self) -> None:
        """Give a job to every free worker."""
        while len(self._running) < self.executor.workers:
            job = self._again.popleft() if self._again else self.supply.next() or self._free_again()
            if job is None:
                return
            self.supply.started(job)
            self._running[self.executor.submit(self.record.marked(job))] = job

    def _free_again(self) -> Any | None:
        """Return a job that another process was running and is no longer, or None.

        If the other process finished it, the worker answers it from the record. Otherwise the worker trains it.
        """
        for job in self._elsewhere:
            if self.record.free(job):
                self._elsewhere.remove(job)
                return job
        return None

    def _finish(self, job: Any, future: Future[Outcome]) -> None:
        try:
            outcome, retries = future.result(), self._retries_of_failed
        except (WorkerDied, TimedOut) as loss:
            self.record.close(job, str(loss))
            outcome = Outcome("failed", line=str(loss), of_machine=isinstance(loss, WorkerDied))
            retries = self._retries_of_lost
        if outcome.status == "busy":
            self._elsewhere.append(job)
            self.supply.waiting(job)
        elif outcome.status != "failed":
            self.supply.done(job, outcome)
        elif self._retries[job.number] < retries:
            self._retries[job.number] += 1
            self._again.append(job)
            self.supply.retried(job, outcome.line)
        else:
            self.supply.done(job, replace(outcome, run_id=self.record.failed(job)))

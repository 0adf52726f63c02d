"""The engine: gives jobs to workers as they become free, and starts jobs that lost their worker again."""

from __future__ import annotations

import uuid
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, replace
from time import sleep, time
from typing import Protocol

from zerosweep import interruption
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.jobs.reuse import equal_runs
from zerosweep.masking import masked
from zerosweep.tracking.claims import claimed_elsewhere, visible
from zerosweep.tracking.orphans import DIED, close, end
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store, store_uri

POLL_SECONDS = 0.5
"""Seconds between two checks for new workers, and for jobs that another sweep was running."""

ENGINE = "engine"
"""Tag of a run: the id of the engine whose worker trained it. Another sweep may train a run of the same identity."""

CLOSING_SECONDS = 0.02
"""Seconds between two checks whether another process has finished closing a run whose worker died."""


class Supply(Protocol):
    """A source of jobs that is informed about each step of every job."""

    def next(self) -> Job | None:
        """Return the next job for a free worker, or None if there is none at the moment."""
        ...

    def started(self, job: Job) -> None:
        """Called when a worker has begun the job."""
        ...

    def retried(self, job: Job, why: str) -> None:
        """Called when the job failed, for the reason `why`, and will start again."""
        ...

    def waiting(self, job: Job) -> None:
        """Called when another sweep is running the job. It will start again once that sweep has finished or left it."""
        ...

    def done(self, job: Job, outcome: Outcome) -> None:
        """Called with the final outcome of the job."""
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
    """

    def __init__(self, supply: Supply, executor: Executor, retries: int | None = None):
        self.supply, self.executor = supply, executor
        self._retries_of_lost = RETRIES_OF_LOST if retries is None else retries
        self._retries_of_failed = RETRIES_OF_FAILED if retries is None else retries
        self._running: dict[Future[Outcome], Job] = {}
        self._again: deque[Job] = deque()
        self._elsewhere: deque[Job] = deque()
        self._retries: Counter[int] = Counter()
        self._id = uuid.uuid4().hex
        self._began = int(time() * 1000) / 1000  # MLflow's start times have whole milliseconds

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
            self._running[self.executor.submit(replace(job, tags={**job.tags, ENGINE: self._id}))] = job

    def _free_again(self) -> Job | None:
        """Return a job that another process was running and is no longer, or None.

        If the other process finished it, the worker answers it from the record. Otherwise the worker trains it.
        """
        for job in self._elsewhere:
            tracking = job.config.settings.tracking
            if not claimed_elsewhere(store_uri(tracking.uri), tracking.experiment, asdict(job.identity)):
                self._elsewhere.remove(job)
                return job
        return None

    def _finish(self, job: Job, future: Future[Outcome]) -> None:
        try:
            outcome, retries = future.result(), self._retries_of_failed
        except (WorkerDied, TimedOut) as loss:
            self._close_left_open(job, str(loss))
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
            failed = [run for run in self._attempts(job) if run.status in ("FAILED", "KILLED")]
            self.supply.done(job, replace(outcome, run_id=failed[0].run_id if failed else ""))

    def _attempts(self, job: Job) -> list[Recorded]:
        """Return the job's runs that were started since this engine began, the latest first."""
        return [run for run in equal_runs(job.config.settings, job.identity) if run.started >= self._began]

    def _close_left_open(self, job: Job, why: str) -> None:
        """Close the run that the job's dead worker left open, and record the reason `why` in it."""
        uri = store_uri(job.config.settings.tracking.uri)
        client = open_store(uri)
        for run in (run for run in self._attempts(job) if run.status == "RUNNING"):
            ours = run.tags.get(ENGINE) == self._id  # so its worker is known to be dead
            if ours and not visible(uri, run.tags):  # the worker was on another machine
                end(client, run, why)
            while not close(client, uri, [run], why) and ours and client.get_run(run.run_id).info.status == "RUNNING":
                sleep(CLOSING_SECONDS)
        for run in self._attempts(job):  # includes runs that another process has closed, without knowing the reason
            if run.status == "KILLED" and run.tags.get("error", DIED) == DIED:
                client.set_tag(run.run_id, "error", masked(why))

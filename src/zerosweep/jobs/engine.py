"""Sharing out jobs to workers as they become free, and giving those that lost their worker another chance."""

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
from zerosweep.jobs.reuse import known
from zerosweep.masking import masked
from zerosweep.tracking.claims import claimed_elsewhere, visible
from zerosweep.tracking.orphans import DIED, close, end
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store, store_uri

POLL_SECONDS = 0.5
"""How often to look whether a job that another sweep is at has become free, or workers have come."""

ENGINE = "engine"
"""The tag of a run that names the engine whose worker made it: another sweep, on another machine, may make an equal one."""

CLOSING_SECONDS = 0.02
"""How often to look whether another process, which came across a run whose worker is gone, has closed it by now."""


class Supply(Protocol):
    """Where jobs come from, and who is told what came of them."""

    def next(self) -> Job | None:
        """The next job for a worker that is free, or None if there is none at the moment."""
        ...

    def started(self, job: Job) -> None:
        """A worker has it."""
        ...

    def retried(self, job: Job, why: str) -> None:
        """Its worker is gone; it will be done again."""
        ...

    def waiting(self, job: Job) -> None:
        """Another sweep is at it; it will be answered from the record, or done once it is free."""
        ...

    def done(self, job: Job, outcome: Outcome) -> None:
        """What came of it in the end."""
        ...


RETRIES_OF_LOST, RETRIES_OF_FAILED = 1, 0
"""Unless the user says how often, a job that lost its worker starts again once, one that raised does not: it would again."""


class Engine:
    """Runs what `supply` gives on the workers of `executor`. retries: how often a job that failed starts again, or None."""

    def __init__(self, supply: Supply, executor: Executor, retries: int | None = None):
        self.supply, self.executor = supply, executor
        self.of_lost = RETRIES_OF_LOST if retries is None else retries
        self.of_failed = RETRIES_OF_FAILED if retries is None else retries
        self._running: dict[Future[Outcome], Job] = {}
        self._again: deque[Job] = deque()
        self._elsewhere: deque[Job] = deque()
        self._retries: Counter[int] = Counter()
        self._name = uuid.uuid4().hex
        self._began = int(time() * 1000) / 1000  # as MLflow counts

    def run(self) -> None:
        """Until there is nothing left."""
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
        """Give every free worker a job."""
        while len(self._running) < self.executor.workers:
            job = self._again.popleft() if self._again else self.supply.next() or self._free_again()
            if job is None:
                return
            self.supply.started(job)
            self._running[self.executor.submit(replace(job, tags={**job.tags, ENGINE: self._name}))] = job

    def _free_again(self) -> Job | None:
        """A job that another process was at and is not any more: done there, and so answered at once, or given up."""
        for job in self._elsewhere:
            tracking = job.config.settings.tracking
            if not claimed_elsewhere(store_uri(tracking.uri), tracking.experiment, asdict(job.identity)):
                self._elsewhere.remove(job)
                return job
        return None

    def _finish(self, job: Job, future: Future[Outcome]) -> None:
        try:
            outcome, retries = future.result(), self.of_failed
        except (WorkerDied, TimedOut) as loss:
            self._close_left_open(job, str(loss))
            outcome, retries = Outcome("failed", line=str(loss)), self.of_lost
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
            tried = [run for run in self._tried(job) if run.status in ("FAILED", "KILLED")]
            self.supply.done(job, replace(outcome, run_id=tried[0].run_id if tried else ""))

    def _tried(self, job: Job) -> list[Recorded]:
        """The runs that this sweep has made of the job, the latest first."""
        return [run for run in known(job.config.settings, job.identity) if run.started >= self._began]

    def _close_left_open(self, job: Job, why: str) -> None:
        """Close the run that a worker which is gone left open, and say `why` in it."""
        uri = store_uri(job.config.settings.tracking.uri)
        client = open_store(uri)
        for run in (run for run in self._tried(job) if run.status == "RUNNING"):
            ours = run.tags.get(ENGINE) == self._name  # and of this job, whose worker is known to be gone
            if ours and not visible(uri, run.tags):  # on another machine
                end(client, run, why)
            while not close(client, uri, [run], why) and ours and client.get_run(run.run_id).info.status == "RUNNING":
                sleep(CLOSING_SECONDS)
        for run in self._tried(job):  # those too that another process came across first, even just now
            if run.status == "KILLED" and run.tags.get("error", DIED) == DIED:
                client.set_tag(run.run_id, "error", masked(why))

"""Runners of a plan's jobs: the engine with its own workers, or a third-party launcher of Hydra."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from zerosweep.jobs.display import Display
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import recorded_outcome
from zerosweep.jobs.verification import verify_recorded


class Runner(Protocol):
    """Runs the jobs of a plan."""

    @property
    def workers(self) -> int:
        """Number of jobs that run at the same time, as far as is known."""
        ...

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        """Run the jobs and report the outcome of each to the display."""
        ...

    def close(self) -> None:
        """Stop the jobs that are still running. May be called again."""
        ...


class OnWorkers:
    """Runner that uses the engine and an executor's workers.

    Args:
        executor: Has the workers.
        retries: How often a job that failed starts again; None for the engine's defaults.
    """

    def __init__(self, executor: Executor, retries: int | None = None):
        self.executor, self.retries = executor, retries

    @property
    def workers(self) -> int:
        """Number of jobs that run at the same time."""
        return self.executor.workers

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        """Run the jobs, each as soon as a worker is free."""
        Engine(GridSupply(jobs, display), self.executor, self.retries).run()

    def close(self) -> None:
        """Stop the workers."""
        self.executor.close()


class GridSupply:
    """Supply that gives a fixed list of jobs in order and reports every event to the display."""

    def __init__(self, jobs: Sequence[Job], display: Display):
        self._left = iter(jobs)
        self.started, self.retried, self.waiting, self.done = (
            display.started, display.retried, display.waiting, display.done,
        )  # fmt: skip

    def next(self) -> Job | None:
        """Return the next job, or None at the end of the list."""
        return next(self._left, None)


class ByLauncher:
    """Runner that uses a third-party launcher, which runs whole batches and reports nothing before the end of a batch.

    Args:
        launch: Takes the overrides of each job of a batch and the number of its first job. Returns for each job the
            error, or None.
        batch: Maximal number of jobs of a batch; None for one batch of all.
    """

    workers = 1

    def __init__(
        self, launch: Callable[[Sequence[Sequence[str]], int], Sequence[str | None]], batch: int | None = None
    ):
        self.launch, self.batch = launch, batch

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        """Run the jobs in batches. A recorded run that lacks only its verification is verified in this process."""
        left = []
        for job in jobs:
            if outcome := verify_recorded(job):
                display.done(job, outcome)
            else:
                left.append(job)
        size = self.batch or max(1, len(left))
        for i in range(0, len(left), size):
            self._run(left[i : i + size], display)

    def _run(self, jobs: Sequence[Job], display: Display) -> None:
        overrides = [[*job.config.overrides, f"tracking.sweep={job.config.sweep}"] for job in jobs]
        for job, error in zip(jobs, self.launch(overrides, jobs[0].number), strict=True):
            outcome = recorded_outcome(job.config.settings, job.identity)
            if error is not None or outcome is None:
                line = error or "the launcher has recorded no finished run of this job in the store"
                display.done(job, Outcome("failed", line=line))
            else:
                display.done(job, replace(outcome, status="finished"))

    def close(self) -> None:
        """Do nothing: a third-party launcher stops its own jobs."""

"""How the jobs of a plan get done: on workers of ours, or by a launcher of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from zerosweep.jobs.display import Display
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import answer, known
from zerosweep.jobs.verification import verified


class Runner(Protocol):
    """workers: how many jobs run at once, as far as is known."""

    @property
    def workers(self) -> int: ...

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        """Do the jobs; the display is told what comes of each."""
        ...

    def close(self) -> None:
        """Stop what is still running. May be called again."""
        ...


class OnWorkers:
    """By the engine, on an executor's workers. retries: as the engine has it."""

    def __init__(self, executor: Executor, retries: int | None = None):
        self.executor, self.retries = executor, retries

    @property
    def workers(self) -> int:
        return self.executor.workers

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        Engine(GridSupply(jobs, display), self.executor, self.retries).run()

    def close(self) -> None:
        self.executor.close()


class GridSupply:
    """The jobs in their order; the display is told of everything."""

    def __init__(self, jobs: Sequence[Job], display: Display):
        self._left = iter(jobs)
        self.started, self.retried, self.waiting, self.done = (
            display.started, display.retried, display.waiting, display.done,
        )  # fmt: skip

    def next(self) -> Job | None:
        return next(self._left, None)


class ByLauncher:
    """By one of Hydra's launchers, which does whole batches and says nothing before the end of one.

    launch: takes the overrides of each job and the first one's number; gives what went wrong with each, or None.
    batch: jobs at once, None for all.
    """

    workers = 1

    def __init__(
        self, launch: Callable[[Sequence[Sequence[str]], int], Sequence[str | None]], batch: int | None = None
    ):
        self.launch, self.batch = launch, batch

    def run(self, jobs: Sequence[Job], display: Display) -> None:
        left = []
        for job in jobs:  # a launcher would have the whole run done again, where only its verification is missing
            if done := verified(job):
                display.done(job, done)
            else:
                left.append(job)
        size = self.batch or max(1, len(left))
        for i in range(0, len(left), size):
            self._run(left[i : i + size], display)

    def _run(self, jobs: Sequence[Job], display: Display) -> None:
        with_sweep = [[*job.config.overrides, f"tracking.sweep={job.config.sweep}"] for job in jobs]
        for job, wrong in zip(jobs, self.launch(with_sweep, jobs[0].number), strict=True):
            done = answer(job.config.settings, known(job.config.settings, job.identity))
            if wrong is not None or done is None:
                display.done(job, Outcome("failed", line=wrong or "the launcher has left no run of it in the store"))
            else:
                display.done(job, Outcome("finished", done.run_id, done.verdict, done.objective, done.line))

    def close(self) -> None:
        """Launchers of others see to their own."""

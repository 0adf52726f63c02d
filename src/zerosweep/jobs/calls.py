"""Calls of the task function of another person's Hydra app as jobs: on the same workers, without identity and record."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle

from zerosweep import interruption
from zerosweep.config.task_calls import TaskCall, error_of, failure
from zerosweep.errors import last_line
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Outcome
from zerosweep.masking import masked

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallJob:
    """One call of a task function, to be done by a worker.

    Attributes:
        number: Position in the sweep, from 0.
        label: The overrides of the call.
        call: The call.
        stops: Exceptions with which the task function says that the call is not worth finishing. They are no failure.
    """

    number: int
    label: str
    call: TaskCall
    stops: tuple[type[BaseException], ...] = ()


@dataclass(frozen=True)
class CallOutcome(Outcome):
    """The outcome of a call, with its result.

    Attributes:
        returned: The pickled `JobReturn`; empty if the call was lost with its worker.
    """

    returned: bytes = b""


def job_of_call(
    app: bytes, overrides: Sequence[str], number: int, stops: tuple[type[BaseException], ...] = ()
) -> CallJob:
    """Return the job of a call.

    Args:
        app: What all calls of the app share, as `pickled_app` gives it.
        overrides: The overrides of the call.
        number: The number of the job, from 0.
        stops: Exceptions of the task function that are no failure.
    """
    return CallJob(number, masked(" ".join(overrides)), TaskCall(app, tuple(overrides), number), stops)


def perform(job: CallJob) -> CallOutcome:
    """Do the call in this process and return its outcome. An exception becomes an outcome with the status "failed"."""
    try:
        result = job.call.do()
    except Exception as error:  # in the configuration or in a callback; those of the task function are in the result
        result = failure(job.call.overrides, error)
    except SystemExit as error:
        interruption.check()  # raises it again if this process was asked to end
        result = failure(job.call.overrides, RuntimeError(f"the task function has called sys.exit({error.code!r})"))
    raised = error_of(result)
    if isinstance(raised, job.stops):
        return CallOutcome("finished", line=last_line(raised), pruned=True)
    if raised is None:
        try:
            return CallOutcome("finished", returned=cloudpickle.dumps(result))
        except Exception as error:  # of any type, as each object decides how it is pickled
            raised = TypeError(f"its result cannot be sent to another process: {error}")
            result = failure(job.call.overrides, raised)
    log.error(f"job {job.number} failed: {job.label}", exc_info=raised)  # to the job's own log
    return CallOutcome("failed", line=last_line(raised), returned=_pickled(result, raised))


def _pickled(result: Any, raised: BaseException) -> bytes:
    """Return the result of a failed call, pickled; with an exception of the same text if `raised` cannot be sent."""
    try:
        dumped: bytes = cloudpickle.dumps(result)
        pickle.loads(dumped)  # an exception may have another signature than the one by which it is made again
    except Exception:
        dumped = cloudpickle.dumps(failure(result.overrides, RuntimeError(last_line(raised))))
    return dumped


def result_of(job: CallJob, outcome: Outcome) -> Any:
    """Return the result of a job, a `JobReturn`, from its outcome."""
    if isinstance(outcome, CallOutcome) and outcome.returned:
        return pickle.loads(outcome.returned)
    return failure(job.call.overrides, RuntimeError(outcome.line))


def value_of(job: CallJob, outcome: Outcome) -> Any:
    """Return what the task function has returned in a job that is finished."""
    return result_of(job, outcome).return_value


class Unrecorded:
    """Record of jobs of which nothing is recorded: no other process knows of them."""

    def marked(self, job: CallJob) -> CallJob:
        """Return the job as it is."""
        return job

    def free(self, job: CallJob) -> bool:
        """Return True, since no other process can run the job."""
        return True

    def failed(self, job: CallJob) -> str:
        """Return "", since the job has no run."""
        return ""

    def close(self, job: CallJob, why: str) -> None:
        """Do nothing, since a lost worker leaves nothing open."""


class CallLog:
    """Log of a sweep's calls, in the words of Hydra's own launchers.

    Attributes:
        failed: Number of calls that failed.
        first: The first failure in one line.
    """

    def __init__(self) -> None:
        self.failed, self.first = 0, ""

    def started(self, job: Any) -> None:
        """Log that a worker has begun the job."""
        log.info(f"\t#{job.number} : {job.label}")

    def retried(self, job: Any, why: str) -> None:
        """Log that the job failed and starts again."""
        log.warning(f"\t#{job.number} : again, {why}")

    def waiting(self, job: Any) -> None:
        """Do nothing: no job runs elsewhere."""

    def done(self, job: Any, outcome: Outcome) -> None:
        """Log a failure."""
        if outcome.error is not None:
            self.refused(f"#{job.number} : {job.label}", outcome.error)

    def refused(self, label: str, why: str) -> None:
        """Log a failure of the job or the proposal that has this label."""
        self.failed, self.first = self.failed + 1, self.first or f"{label}: {why}"
        log.error(f"\t{label}: failed, {why}")


class CallSupply(CallLog):
    """Supply that gives a fixed list of calls in order, logs them, and keeps their results.

    Attributes:
        results: The result of each call that is done, by the number of its job.
    """

    def __init__(self, jobs: Sequence[CallJob]):
        super().__init__()
        self._left: Iterator[CallJob] = iter(jobs)
        self.results: dict[int, Any] = {}

    def next(self) -> CallJob | None:
        """Return the next job, or None at the end of the list."""
        return next(self._left, None)

    def done(self, job: Any, outcome: Outcome) -> None:
        """Keep the result, and log a failure."""
        self.results[job.number] = result_of(job, outcome)
        super().done(job, outcome)


def run_calls(jobs: Sequence[CallJob], executor: Executor, retries: int | None) -> list[Any]:
    """Do calls on the workers of an executor, and return the result of each, a `JobReturn`.

    Args:
        jobs: The jobs.
        executor: Has the workers.
        retries: How often a job that failed starts again; None for the engine's defaults.
    """
    supply = CallSupply(jobs)
    Engine(supply, executor, retries, Unrecorded()).run()
    return [supply.results[job.number] for job in jobs]

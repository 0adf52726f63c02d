"""Workers on this machine: processes that are used again and again, and that end with this one, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future
from multiprocessing.connection import wait

from pebble import CONSTS, ProcessExpired, ProcessPool

from zerosweep import interruption
from zerosweep.sweep.executors import processes
from zerosweep.sweep.executors.settings import Workers
from zerosweep.sweep.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.sweep.worker import perform

CONSTS.term_timeout = 20
"""Seconds that a worker has to close its run before it is killed; the first run of a worker may have to import MLflow yet."""


class LocalExecutor:
    """Processes that take one job at a time.

    Each worker is a pebble pool of its own: they share no pipe and no lock that one of them could take along when it is
    killed.
    """

    def __init__(self, settings: Workers):
        self.workers, self.timeout = settings.workers or cores(), settings.timeout
        self._context = processes.context()
        self._idle: list[ProcessPool] = []
        self._busy: dict[Future[Outcome], ProcessPool] = {}
        self._ended: list[ProcessPool] = []
        self._ending: list[threading.Thread] = []
        self._mutex = threading.Lock()

    def prepare(self) -> None:
        processes.prepare()

    def submit(self, job: Job) -> Future[Outcome]:
        outcome: Future[Outcome] = Future()
        outcome.set_running_or_notify_cancel()
        idle = self._idle.pop() if self._idle else None
        self._schedule(job, outcome, idle or self._start(), fresh=idle is None)
        return outcome

    def _schedule(self, job: Job, outcome: Future[Outcome], pool: ProcessPool, fresh: bool) -> None:
        self._busy[outcome] = pool
        try:
            done: Future[Outcome] = pool.schedule(perform, args=[job], timeout=self.timeout)
        except RuntimeError as error:  # its process was killed a while ago, while it had nothing to do
            done = _failed(error)
        done.add_done_callback(lambda done: self._done(done, job, outcome, fresh))

    def _done(self, done: Future[Outcome], job: Job, outcome: Future[Outcome], fresh: bool) -> None:
        """Hand on what pebble says, in our words. A pool whose worker is gone is not used again."""
        pool, error = self._busy.pop(outcome), done.exception()
        if error is None:
            self._idle.append(pool)
            outcome.set_result(done.result())
            return
        self._end(pool)
        match error:
            case TimeoutError():
                outcome.set_exception(TimedOut(f"took longer than hydra.launcher.timeout={self.timeout:g} seconds"))
            case ProcessExpired():
                outcome.set_exception(WorkerDied(f"its worker process died ({_how(error.exitcode)})"))
            case _ if fresh:
                outcome.set_exception(WorkerDied(f"its worker process died ({error})"))
            case _:  # killed before it took the job, which has lost nothing
                self._schedule(job, outcome, self._start(), fresh=True)

    def _end(self, pool: ProcessPool) -> None:
        """Stop a pool, once, and before it starts another worker in place of the one that is gone."""
        with self._mutex:
            if pool in self._ended:
                return
            self._ended.append(pool)
        pool.stop()  # type: ignore[no-untyped-call]
        ending = threading.Thread(target=pool.join, daemon=True)
        ending.start()
        self._ending.append(ending)

    def _start(self) -> ProcessPool:
        return ProcessPool(max_workers=1, context=self._context, initializer=_begin)

    def close(self) -> None:
        pools = [*self._idle, *self._busy.values()]
        self._idle.clear()
        for pool in pools:
            self._end(pool)
        for ending in self._ending:
            ending.join()
        processes.stop()


def cores() -> int:
    """The cores that this process may use: its affinity and its container's share, not what the machine has."""
    from joblib import cpu_count

    return int(cpu_count())


def _failed(error: BaseException) -> Future[Outcome]:
    future: Future[Outcome] = Future()
    future.set_exception(error)
    return future


def _how(exitcode: int) -> str:
    return f"signal {signal.Signals(-exitcode).name}" if exitcode < 0 else f"exit code {exitcode}"


def _begin() -> None:
    """A worker's first act."""
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    interruption.install()  # SIGTERM closes the run
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent decides


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(interruption.TERMINATED)

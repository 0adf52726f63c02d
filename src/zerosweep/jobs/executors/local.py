"""Executor on this machine: worker processes that are reused, and that end when this process ends, however it ends."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future
from time import monotonic
from typing import Any

from zerosweep.errors import UserError
from zerosweep.jobs.executors import processes
from zerosweep.jobs.executors.settings import Workers
from zerosweep.jobs.executors.worker_process import END_SECONDS, Act, NotTaken, WorkerProcess
from zerosweep.jobs.job import Outcome, TimedOut, WorkerDied
from zerosweep.jobs.worker import perform


class LocalExecutor:
    """Executor with worker processes that run one job at a time. A thread waits for the outcome of each job.

    Args:
        settings: The settings of the launcher.
        act: What a worker does with a job.
        method: How worker processes start: "forkserver", with the imports that a run needs, or "spawn", with none.
    """

    def __init__(self, settings: Workers, act: Act = perform, method: str = processes.METHOD):
        self.workers, self.timeout = settings.workers or cores(), settings.timeout
        self._act, self._method = act, method
        self._idle: list[WorkerProcess] = []
        self._alive: set[WorkerProcess] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()
        """Guards the four attributes above, and is notified of their changes."""
        self._threads: list[threading.Thread] = []

    def prepare(self) -> None:
        """Start the fork server, if workers start from one. It begins with the imports."""
        if self._method == "forkserver":
            processes.prepare()

    def submit(self, job: Any) -> Future[Outcome]:
        """Run the job on an idle worker, or else on a new one. The future gives its outcome or raises an error."""
        outcome: Future[Outcome] = Future()
        outcome.set_running_or_notify_cancel()
        thread = threading.Thread(target=self._run_to_end, args=[job, outcome], daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        try:
            thread.start()
        except RuntimeError as error:  # no memory or no further thread is available
            self.workers = max(1, len(self._threads))
            outcome.set_exception(WorkerDied(f"no thread for its worker process: {error}"))
        else:
            self._threads.append(thread)
        return outcome

    def _run_to_end(self, job: Any, outcome: Future[Outcome]) -> None:
        try:
            result = self._do(job)
        except BaseException as error:  # raised again where the outcome is waited for
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def _do(self, job: Any) -> Outcome:
        while True:
            worker = self._take()
            try:
                outcome: Outcome = worker.do(job, self.timeout)
            except (WorkerDied, TimedOut) as loss:
                self._give_back(worker, usable=False)
                if isinstance(loss, NotTaken) and worker.jobs_taken:
                    continue  # the worker died while it was idle, so another one takes the job
                raise
            except BaseException:
                worker.end()
                self._give_back(worker, usable=False)
                raise
            self._give_back(worker, usable=True)
            return outcome

    def _take(self) -> WorkerProcess:
        """Return an idle worker, or else a new one. If the system cannot start another one, wait for an idle one."""
        while True:
            with self._changed:
                if self._closed:
                    raise WorkerDied("the workers were stopped")
                if self._idle:
                    return self._idle.pop()
                self._starting += 1
            try:
                return self._start()
            except (EOFError, ConnectionError):
                raise WorkerDied("its worker process died (the fork server was killed)") from None
            except (OSError, MemoryError) as error:  # no file descriptors, processes or memory are left
                with self._changed:
                    if not self._alive and not self._closed:
                        raise UserError(f"no worker process can be started: {error}") from error
                    self.workers = max(1, min(self.workers, len(self._alive)))
                    self._changed.wait_for(lambda: self._idle or self._closed or not self._alive)

    def _start(self) -> WorkerProcess:
        """Return a new worker. The caller has incremented `_starting`, which this method decrements."""
        try:
            worker = WorkerProcess(self._act, self._method)
        finally:
            with self._changed:
                self._starting -= 1
        with self._changed:
            self._alive.add(worker)
            if not self._closed:
                return worker
        worker.end()
        raise WorkerDied("the workers were stopped")

    def _give_back(self, worker: WorkerProcess, usable: bool) -> None:
        with self._changed:
            if usable:
                self._idle.append(worker)
            else:
                self._alive.discard(worker)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop all workers and the fork server. Workers that take too long are killed."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            alive, starting = list(self._alive), self._starting
            self._changed.notify_all()
        for worker in alive:
            worker.send_signal(signal.SIGTERM)
        if starting:
            self._stop_server()  # else the new worker would begin only after the fork server's imports
        for worker in idle:
            self._give_back(worker, usable=False)
            worker.end()
        self._join()
        for worker in list(self._alive):
            worker.send_signal(signal.SIGKILL)
        self._join()
        self._stop_server()

    def _stop_server(self) -> None:
        """Stop the fork server, unless it is one of the program that uses this executor."""
        if self._method == "forkserver":
            processes.stop()

    def _join(self) -> None:
        """Wait until no job is running, for at most the time that a worker may take to end."""
        deadline = monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(0, deadline - monotonic()))


def cores() -> int:
    """Return the number of cores that this process may use, given its affinity and the limits of its container."""
    from joblib import cpu_count

    return int(cpu_count())

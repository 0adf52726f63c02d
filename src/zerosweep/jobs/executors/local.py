"""Workers on this machine: processes that are used again and again, and that end with this one, however it ends."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future
from time import monotonic

from zerosweep.errors import UserError
from zerosweep.jobs.executors import processes
from zerosweep.jobs.executors.settings import Workers
from zerosweep.jobs.executors.worker_process import END_SECONDS, NotTaken, WorkerProcess
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.jobs.worker import perform


class LocalExecutor:
    """Processes that take one job at a time. A thread sees each job through, from taking a worker to its outcome."""

    def __init__(self, settings: Workers):
        self.workers, self.timeout = settings.workers or cores(), settings.timeout
        self._idle: list[WorkerProcess] = []
        self._alive: set[WorkerProcess] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()
        """Guards the four above."""
        self._threads: list[threading.Thread] = []

    def prepare(self) -> None:
        processes.prepare()

    def submit(self, job: Job) -> Future[Outcome]:
        outcome: Future[Outcome] = Future()
        outcome.set_running_or_notify_cancel()
        thread = threading.Thread(target=self._see_through, args=[job, outcome], daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        try:
            thread.start()
        except RuntimeError as error:  # memory or processes are used up
            self.workers = max(1, len(self._threads))
            outcome.set_exception(WorkerDied(f"no thread for its worker process: {error}"))
        else:
            self._threads.append(thread)
        return outcome

    def _see_through(self, job: Job, outcome: Future[Outcome]) -> None:
        try:
            came = self._do(job)
        except BaseException as error:  # handed over to whoever waits for the outcome
            outcome.set_exception(error)
        else:
            outcome.set_result(came)

    def _do(self, job: Job) -> Outcome:
        while True:
            worker = self._take()
            try:
                outcome: Outcome = worker.do(job, self.timeout)
            except (WorkerDied, TimedOut) as loss:
                self._give_back(worker, usable=False)
                if isinstance(loss, NotTaken) and worker.jobs_taken:
                    continue  # killed a while ago, while it had nothing to do
                raise
            except BaseException:
                worker.end()
                self._give_back(worker, usable=False)
                raise
            self._give_back(worker, usable=True)
            return outcome

    def _take(self) -> WorkerProcess:
        """Return an idle worker, or else a new one; where the system has no room for another, wait for one to become idle."""
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
            except (OSError, MemoryError) as error:  # file descriptors, processes or memory are used up
                with self._changed:
                    if not self._alive and not self._closed:
                        raise UserError(f"no worker process can be started: {error}") from error
                    self.workers = max(1, min(self.workers, len(self._alive)))
                    self._changed.wait_for(lambda: self._idle or self._closed or not self._alive)

    def _start(self) -> WorkerProcess:
        """Start a worker. Called with `_starting` counted up."""
        try:
            worker = WorkerProcess(perform)
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
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            alive, starting = list(self._alive), self._starting
            self._changed.notify_all()
        for worker in alive:
            worker.send_signal(signal.SIGTERM)
        if starting:
            processes.stop()  # a fork server would finish its imports first
        for worker in idle:
            self._give_back(worker, usable=False)
            worker.end()
        self._join()
        for worker in list(self._alive):
            worker.send_signal(signal.SIGKILL)
        self._join()
        processes.stop()

    def _join(self) -> None:
        """Wait until no job is under way, for as long as a worker may take to end."""
        deadline = monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(0, deadline - monotonic()))


def cores() -> int:
    """The cores that this process may use: its affinity and its container's share, not what the machine has."""
    from joblib import cpu_count

    return int(cpu_count())

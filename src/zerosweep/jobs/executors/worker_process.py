"""A worker process: the handle in the process that started it, and the loop that the worker runs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from zerosweep import interruption, output
from zerosweep.jobs.executors import processes
from zerosweep.jobs.job import TimedOut, WorkerDied
from zerosweep.jobs.worker import ended_by_sigterm

END_SECONDS = 20.0
"""Seconds that a worker has to close its run before it is killed. Its first run may still be importing MLflow."""

EXIT_CODE_SECONDS = 5.0
"""Maximal seconds to wait for the exit code of a worker that died."""

Act = Callable[[Any], Any]
"""A function that does a job and returns its outcome. Both must be picklable."""

_bookkeeping = threading.Lock()
"""Held while `multiprocessing` starts a process or reads an exit code, which two threads cannot do at once."""


class NotTaken(WorkerDied):
    """The worker died before it took the job, so nothing of the job is lost."""


class WorkerProcess:
    """A process that does one job after another. One thread at a time may use it; any thread may send it a signal.

    It shares no lock, queue or semaphore with the worker, so a worker that is killed blocks nothing and leaves nothing
    behind.

    Args:
        act: The function that the worker calls with each job.
        method: How the process starts: "forkserver" or "spawn".
    """

    def __init__(self, act: Act, method: str):
        self.jobs_taken = 0
        with _bookkeeping:
            self._start(act, method)

    def _start(self, act: Act, method: str) -> None:
        processes.check_descriptors()
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = processes.start(_work, [theirs, act], method)
        assert self._process.pid is not None
        self._pid = self._process.pid

    def do(self, job: Any, timeout: float | None) -> Any:
        """Return the outcome of the job.

        Args:
            job: The job; it must be picklable.
            timeout: Time limit in seconds; None for no limit.

        Raises:
            NotTaken: The process was dead already.
            WorkerDied: The process died during the job.
            TimedOut: The job exceeded the time limit. Its process has been ended.
        """
        try:
            self._connection.send(job)
            self._connection.recv()
        except (EOFError, OSError):
            raise NotTaken(self._death()) from None
        self.jobs_taken += 1
        try:
            if self._connection.poll(timeout):
                return self._connection.recv()
        except (EOFError, OSError):
            raise WorkerDied(self._death()) from None
        self.end()
        raise TimedOut(f"took longer than hydra.launcher.timeout={timeout:g} seconds")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, unless it is dead."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)

    def end(self) -> None:
        """Let the worker close its run and exit. Kill it if that takes too long."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._gone(within=0):
                self.send_signal(number)
                self._gone(within=END_SECONDS)

    def _gone(self, within: float) -> bool:
        """Return whether the process ends within this many seconds.

        The kernel closes a dead process's end of the socket. The fork server would know of its end too, but may itself
        be dead.
        """
        deadline = monotonic() + within
        with suppress(EOFError, OSError):
            while self._connection.poll(max(0, deadline - monotonic())):
                self._connection.recv_bytes()
            return False
        return True

    def _death(self) -> str:
        """Return in words how the process died."""
        wait([self._process.sentinel], EXIT_CODE_SECONDS)
        with _bookkeeping:
            self._process.join(0)
            code = self._process.exitcode
        how = "" if code is None else f" (signal {signal.Signals(-code).name})" if code < 0 else f" (exit code {code})"
        return f"its worker process died{how}"


def _work(jobs: Connection, act: Act) -> None:
    """Do jobs until the other end of the socket closes. This is the main function of a worker process."""
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    interruption.install()  # SIGTERM closes the run
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent handles it
    output.secure()
    with suppress(EOFError, OSError), ended_by_sigterm():
        while True:
            job = jobs.recv()
            jobs.send("taken")
            jobs.send(act(job))


def _end_with_parent() -> None:
    """Exit as soon as the parent process is dead."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(interruption.TERMINATED)

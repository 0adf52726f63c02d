"""A worker process, seen from both sides of the socket that it shares with the process that started it."""

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
"""How long a worker may take to close its run before it is killed; its first run may still have to import MLflow."""

EXIT_CODE_SECONDS = 5.0
"""How long to wait for the exit code of a worker that is gone."""

Act = Callable[[Any], Any]
"""Does a job and returns its outcome; both are pickled."""

_bookkeeping = threading.Lock()
"""Held while `multiprocessing` starts a process or reads exit codes: two threads that read one get a wrong one."""


class NotTaken(WorkerDied):
    """The worker died before it took the job, which has lost nothing."""


class WorkerProcess:
    """A process that does one job after another. One thread at a time uses it; any thread may send it a signal.

    No lock, queue or semaphore is shared with the worker: it takes nothing along when it is killed, and leaves nothing behind.
    """

    def __init__(self, act: Act):
        self.jobs_taken = 0
        with _bookkeeping:
            self._start(act)

    def _start(self, act: Act) -> None:
        processes.check_descriptors()
        processes.prepare()  # once more where the fork server was killed
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process: Any = processes.context().Process(target=_work, args=[theirs, act])  # type: ignore[attr-defined]
            self._process.start()

    def do(self, job: Any, timeout: float | None) -> Any:
        """Return the outcome of the job.

        Raises:
            NotTaken: the process was dead already.
            WorkerDied: the process died during the job.
            TimedOut: the job took longer than `timeout` seconds; its process is ended.
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
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def end(self) -> None:
        """Have the worker close its run and exit; kill it if that takes too long."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._gone(within=0):
                self.send_signal(number)
                self._gone(within=END_SECONDS)

    def _gone(self, within: float) -> bool:
        """Whether the worker's end of the socket closes within so many seconds, as the kernel does for a dead process.

        The fork server knows of its end too, unless it is dead itself.
        """
        deadline = monotonic() + within
        with suppress(EOFError, OSError):
            while self._connection.poll(max(0, deadline - monotonic())):
                self._connection.recv_bytes()
            return False
        return True

    def _death(self) -> str:
        wait([self._process.sentinel], EXIT_CODE_SECONDS)
        with _bookkeeping:
            self._process.join(0)
            code = self._process.exitcode
        how = "" if code is None else f" (signal {signal.Signals(-code).name})" if code < 0 else f" (exit code {code})"
        return f"its worker process died{how}"


def _work(jobs: Connection, act: Act) -> None:
    """Do jobs until the other end of the socket closes. The worker's whole life."""
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    interruption.install()  # SIGTERM closes the run
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent decides
    output.secure()
    with suppress(EOFError, OSError), ended_by_sigterm():
        while True:
            job = jobs.recv()
            jobs.send("taken")
            jobs.send(act(job))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(interruption.TERMINATED)

"""The part of the project that runs inside Dask's worker processes.

This module is sent to them by value. They need not be able to import zerosweep, and a worker that was started before
the sources changed uses the new ones.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client
from typing import Any

from distributed import Worker, WorkerPlugin, get_client, get_worker

IDLE_SECONDS = 60.0
"""Seconds after which a server without a job is ended, since its client may be gone."""

END_SECONDS = 25.0
"""Seconds that a server has to close its runs."""

Answer = tuple[str, Any]
"""The result of a job: ("answer", the pickled outcome), ("died", how) or ("unusable", why)."""


class Servers(WorkerPlugin):
    """Dask plugin that starts a server process (`zerosweep.jobs.executors.serve`) beside each Dask worker.

    Jobs run below the server, which ends with the Dask worker. It is not started with `multiprocessing`: Dask's workers
    are daemonic processes, which may not have such children.

    Args:
        name: Name of the plugin.
        arguments: Command-line arguments of the server.
        environment: Variables to add to the worker's environment.
        folder: The client's working directory, used if it exists on the worker's machine.
        sources: The client's folders of sources, put on the server's path, as in PYTHONPATH; "" for none.
    """

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str], folder: str, sources: str):
        self.name, self.arguments, self.environment = name, arguments, environment
        self.folder, self.sources = folder, sources

    def setup(self, worker: Worker) -> None:
        self.worker = worker
        self.lock = threading.RLock()
        self.jobs = 0
        self.over = False
        self.process: subprocess.Popen[bytes] | None = None
        self.idle: threading.Timer | None = None
        threading.Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        with suppress(RuntimeError, OSError, EOFError), self._server():  # the first job reports the error
            pass

    async def teardown(self, worker: Worker) -> None:
        self.over = True
        await asyncio.to_thread(self.end)

    def perform(self, job: bytes) -> Answer:
        """Run the pickled job and return its result.

        Dask starts a job again if its worker died. Here the second start only reports the death, so that the client can
        decide.
        """
        mark = [self.name, self.worker.get_current_task()]
        scheduler: Any = get_client()
        if before := scheduler.get_metadata(mark, None):
            return "died", f"its Dask worker died ({before})"
        scheduler.set_metadata(mark, self.worker.address)
        try:
            with self._server() as (address, key), Client(address, authkey=key) as connection:
                connection.send_bytes(job)
                return "answer", connection.recv_bytes()
        except (OSError, EOFError) as error:
            return "died", f"the process above its worker process died (on {self.worker.address}: {error!r})"
        except RuntimeError as error:
            return "unusable", str(error)

    @contextmanager
    def _server(self) -> Iterator[tuple[str, bytes]]:
        """Give the address and the key of the server, which runs at least as long as the block."""
        with self.lock:
            if self.idle:
                self.idle.cancel()
            if self.over:
                raise EOFError
            if self.process is None or self.process.poll() is not None:
                self.end()
                self.process, self.address, self.key = self._start()
            self.jobs += 1
        try:
            yield self.address, self.key
        finally:
            with self.lock:
                self.jobs -= 1
                if not self.jobs:
                    self.idle = threading.Timer(IDLE_SECONDS, self._end_if_idle)
                    self.idle.daemon = True
                    self.idle.start()

    def _start(self) -> tuple[subprocess.Popen[bytes], str, bytes]:
        paths = [self.sources, os.environ.get("PYTHONPATH", "")]
        where: Any = {
            "env": os.environ | self.environment | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            "cwd": self.folder if os.path.isdir(self.folder) else None,  # noqa: PTH112
            "start_new_session": True,  # a terminal's Ctrl-C goes to the Dask worker only, which then ends the server
        }
        python = [sys.executable, "-P"]  # so that modules in the working directory are not imported by accident
        command = [*python, "-m", "zerosweep.jobs.executors.serve", *self.arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **where)
        assert process.stdout is not None
        address, _, key = process.stdout.readline().decode().strip().rpartition(" ")
        process.stdout.close()
        if not address:
            process.communicate()
            tried = subprocess.run(
                [*python, "-c", "import zerosweep.jobs.executors.serve"], capture_output=True, text=True, **where
            )
            why = (tried.stderr.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            raise RuntimeError(
                f"Dask worker {self.worker.address} on {socket.gethostname()} cannot import zerosweep ({why}); "
                f"install zerosweep in its environment, or start it with PYTHONPATH=CHECKOUT/src"
            )
        return process, address, bytes.fromhex(key)

    def _end_if_idle(self) -> None:
        with self.lock:
            if not self.jobs:
                self.end()

    def end(self) -> None:
        """End the server. Runs that are still open are closed as KILLED."""
        with self.lock:  # waits for a server that is being started
            process, self.process = self.process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def task(name: str) -> Callable[[bytes], Answer]:
    """Return the function that is submitted to Dask. It is a closure so that it is sent by value.

    Args:
        name: Name of the plugin `Servers`, which runs the job.
    """

    def perform(job: bytes) -> Answer:
        answer: Answer = get_worker().plugins[name].perform(job)  # type: ignore[attr-defined]
        return answer

    return perform

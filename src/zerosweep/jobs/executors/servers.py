"""What Dask's own processes do of ours. This module travels there by value: they need not be able to import zerosweep, and
know nothing of yesterday's sources when a sweep is started today."""

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
"""So long a server without a job is kept: its client may be gone for ever."""

END_SECONDS = 25.0
"""For a server to close its runs."""

Answer = tuple[str, Any]
"""("answer", pickled), ("died", how) or ("unusable", why)."""


class Servers(WorkerPlugin):
    """Beside each Dask worker one process, `zerosweep.jobs.executors.serve`; jobs run below it.

    It is no child of `multiprocessing`: Dask's workers are daemonic there, and may have none. It ends with the worker.

    arguments: the server's. environment: added to the worker's own. folder, sources: the client's working directory and its
    sources, used where they are.
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
        with suppress(RuntimeError, OSError, EOFError), self._server():  # the first job will tell
            pass

    async def teardown(self, worker: Worker) -> None:
        self.over = True
        await asyncio.to_thread(self.end)

    def perform(self, job: bytes) -> Answer:
        """Do the pickled job. Dask starts one again whose worker has died; here that is told, and left to the client."""
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
        """The address of the server, which stays for as long as the block lasts, and the key that it asks for."""
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
            "start_new_session": True,  # a terminal's Ctrl-C is for the worker, and comes from there
        }
        python = [sys.executable, "-P"]  # without the working directory's modules
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
                f"say pip install -e PROJECT in its environment, or start it with PYTHONPATH=PROJECT/src"
            )
        return process, address, bytes.fromhex(key)

    def _end_if_idle(self) -> None:
        with self.lock:
            if not self.jobs:
                self.end()

    def end(self) -> None:
        """End the server: what still runs is closed as KILLED."""
        with self.lock:  # it may just be starting
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
    """What is submitted. Being a closure, it too travels by value."""

    def perform(job: bytes) -> Answer:
        answer: Answer = get_worker().plugins[name].perform(job)  # type: ignore[attr-defined]
        return answer

    return perform

"""Services that some commands need: a Dask cluster, MLflow's tracking server, PostgreSQL.

A service that was killed is started again, as a service manager would do.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from tests.chaos import mounts
from tests.chaos.place import Place

START_SECONDS = 120.0
"""The most seconds to wait for a service to answer."""

BACK_AFTER = 1.0
"""Seconds after which a killed server is started again."""


class Service:
    """Processes that a command needs, each in a session of its own."""

    def __init__(self, place: Place):
        self.place = place
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """The URL, or the file, by which a command reaches the service."""
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def ensure(self) -> None:
        """Make sure that the service is running, before a command starts."""

    def stop(self) -> None:
        for process in reversed(self.processes):
            _end(process)

    def run(
        self, *command: str | Path, name: str, user: str | None = None, foreign: bool = True
    ) -> subprocess.Popen[bytes]:
        """Start a process.

        Args:
            name: Name of its log.
            user: The user that it runs as; None for this process's.
            foreign: Whether it runs none of the project's code. It then has its own temporary files and shared memory.
        """
        scratch = {"DASK_TEMPORARY_DIRECTORY": str(self.place.folder / "dask"), "PYTHONFAULTHANDLER": ""}
        environment = self.place.environment | scratch
        del environment["MLFLOW_TRACKING_URI"]
        if foreign:
            environment |= {"TMPDIR": "/tmp"} if user else {"TMPDIR": str(self.place.said)}
            command = (*mounts.OWN_SHARED_MEMORY, *command) if self.place.disk and not user else command
        with (self.place.said / f"{name}.log").open("a") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=self.place.temporary if user is None else "/", user=user, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process


class Supervised(Service):
    """A service of a single process, which is started again at the same address a second after it dies."""

    def __init__(self, place: Place):
        super().__init__(place)
        self.over = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self) -> None:
        self.begin()
        wait_for(self.answers)
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def ensure(self) -> None:
        wait_for(self.answers)

    def _watch(self) -> None:
        while not self.over.wait(0.2):
            if self.processes[-1].poll() is not None and not self.over.wait(BACK_AFTER):
                self.begin()

    def stop(self) -> None:
        self.over.set()
        sleep(0.3)
        super().stop()


class Server(Supervised):
    """MLflow's tracking server, on the store of the place."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        self.run(
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{self.place.store}",
            "--artifacts-destination", str(self.place.mlruns / "artifacts"), name="server",
        )  # fmt: skip

    def answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
        return False


class PostgreSQL(Supervised):
    """A PostgreSQL server, with its data in a folder that its user can read."""

    PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    """The folders of Debian's servers, which are not in PATH."""

    @classmethod
    def installed(cls) -> Path | None:
        """Return the folder of its programs; None if it cannot be run on this machine."""
        initdb = shutil.which("initdb", path=os.pathsep.join([os.environ["PATH"], *map(str, cls.PLACES)]))
        return None if initdb is None or (os.geteuid() == 0 and cls.user() is None) else Path(initdb).resolve().parent

    @staticmethod
    def user() -> str | None:
        """Return the user to run it as if this process is root, which the server refuses; else None."""
        with suppress(KeyError):
            return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
        return None

    @property
    def url(self) -> str:
        return f"postgresql://zerosweep@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        bins = self.installed()
        assert bins is not None
        self.bins, self.data = bins, Path(tempfile.mkdtemp(prefix="chaos-pg-", dir="/tmp"))
        if user := self.user():
            shutil.chown(self.data, user)
        make = [self.bins / "initdb", "-D", self.data / "data", "-A", "trust", "-U", "zerosweep", "--no-sync"]
        subprocess.run(make, cwd="/", user=user, check=True, capture_output=True)
        super().start()

    def begin(self) -> None:
        self.run(
            self.bins / "postgres", "-D", self.data / "data", "-p", str(self.port), "-k", self.data, "-h", "127.0.0.1",
            "-c", "fsync=off", name="postgresql", user=self.user(),
        )  # fmt: skip

    def answers(self) -> bool:
        import psycopg

        with suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=5):
            return True
        return False

    def stop(self) -> None:
        self.over.set()
        for process in self.processes[-1:]:
            process.send_signal(signal.SIGQUIT)
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)


class Dask(Service):
    """A scheduler and two workers. If one has died, all are started again, as a new scheduler has another address."""

    @property
    def file(self) -> Path:
        return self.place.folder / "scheduler.json"

    @property
    def url(self) -> str:
        return str(self.file)

    def start(self) -> None:
        self.file.unlink(missing_ok=True)
        self._begin("scheduler", "--port", "0")
        wait_for(self.file.exists)
        for _ in range(2):
            self._begin("worker", "--nthreads", "1", "--local-directory", str(self.place.folder / "dask"))

    def _begin(self, what: str, *arguments: str) -> None:
        where = ["--scheduler-file", str(self.file), "--host", "127.0.0.1", "--no-dashboard"]
        self.run(sys.executable, "-m", f"distributed.cli.dask_{what}", *where, *arguments, name=what, foreign=False)

    def ensure(self) -> None:
        if any(process.poll() is not None for process in self.processes):
            self.stop()
            self.processes.clear()
            self.start()


SERVICES: dict[str, type[Service]] = {"dask": Dask, "server": Server, "postgresql": PostgreSQL}


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; raise a `TimeoutError` after `START_SECONDS`."""
    end = monotonic() + START_SECONDS
    while not condition():
        if monotonic() > end:
            raise TimeoutError("a service of the harness does not start")
        sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process of a service: with SIGTERM, then with SIGKILL for its whole group.

    Processes of the project that it has started are in other groups, and must end by themselves.
    """
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGCONT)
            process.send_signal(number)
            process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)

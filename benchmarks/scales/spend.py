"""What a command spends: its time on the clock, the CPU time of all its processes, and its memory."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sweeps.store import MeasurementFailed

ADOPT_ORPHANS = 36
"""The option PR_SET_CHILD_SUBREAPER of Linux's prctl: the server above the workers ends after its command."""

LIMIT = 60
"""CPU seconds after which the system kills a process of a command; its figures are infinite then."""

FIRST = "SELECT min(start_time) FROM runs WHERE start_time >= ?"


@dataclass(frozen=True)
class Spent:
    """What a command has spent.

    Attributes:
        wall: The time from start to exit, in seconds.
        cpu: The CPU time of all its processes, in seconds.
        memory: The memory of its largest process, in MB.
        first: The time from its start to the start of its first run, in seconds; None without a new run.
        output: The last lines that it printed.
    """

    wall: float
    cpu: float
    memory: float
    first: float | None
    output: str


TOO_LONG = Spent(math.inf, math.inf, math.inf, None, "")
"""What a command has spent that was killed, or that would be."""


def adopt_orphans() -> None:
    """Have this process be the parent of processes whose own parent has ended, so that their CPU time counts."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def spend(command: Sequence[str], database: Path, folder: Path) -> Spent:
    """Run a command to its end and return what it has spent.

    Args:
        command: The Python program and its arguments.
        database: The SQLite store that it uses.
        folder: The folder that it starts in.

    Raises:
        MeasurementFailed: The command failed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "HYDRA_"))}
    environment |= {"MLFLOW_TRACKING_URI": f"sqlite:///{database}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    folder.mkdir(parents=True, exist_ok=True)
    before, began = _cpu(), time.time()
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT)),
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.time() - began
        _wait_for_orphans()
        output.seek(0)
        printed = "".join(output.readlines()[-5:])
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return TOO_LONG
    if process.returncode:
        raise MeasurementFailed(f"{' '.join(command)}: exit code {process.returncode}\n{printed}")
    first = _first_run(database, began)
    return Spent(wall, _cpu() - before, used.ru_maxrss / 1024, first and first - began, printed)


def _first_run(database: Path, began: float) -> float | None:
    with closing(sqlite3.connect(database)) as connection:
        (started,) = connection.execute(FIRST, [int(began * 1000)]).fetchone()
    return None if started is None else started / 1000


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return

"""The measurement of a whole command: its time, its CPU time, and the runs in its store.

A command starts in an empty folder, with its own store, as a user would start it. Its CPU time is that of all processes
that it starts. The parent of the workers ends a moment after the command and is an orphan then. This process therefore
adopts orphans, and waits for them before it reads the CPU time that the kernel has added up.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweeps.store import MeasurementFailed, Runs, runs_in

PROJECT = Path(__file__).resolve().parents[2]
TRAIN = PROJECT / "src" / "train.py"
PROGRAMS = Path(__file__).resolve().parent

ADOPT_ORPHANS = 36
"""The option PR_SET_CHILD_SUBREAPER of Linux's prctl."""

END_SECONDS = 30.0
"""The longest time that processes may go on after their command, in seconds."""


@dataclass(frozen=True)
class Command:
    """A command to measure.

    Attributes:
        name: The name of the command, unique in its part.
        program: The Python file to run.
        arguments: The arguments of the program.
        in_new_store: Whether the command has to create its store, which takes seconds; else it finds an empty store.
        at_once: The number of processes that run the command side by side.
        threads: The number of BLAS threads; None for the default of the BLAS.
        limit: The time after which the command is killed, in seconds; None for no limit.
    """

    name: str
    program: Path
    arguments: Sequence[str] = ()
    in_new_store: bool = False
    at_once: int = 1
    threads: int | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Ended:
    """The measurement of a command that has ended.

    Attributes:
        seconds: The time from start to exit, in seconds; infinite if the command was killed at its limit.
        cpu: The CPU time of all its processes, in seconds.
        printed: The JSON object in the last line of each process's output; empty if there is none.
        runs: The times of the runs in the store, or None if there is no run.
    """

    seconds: float
    cpu: float
    printed: Sequence[dict[str, Any]]
    runs: Runs | None


def ours(name: str, *settings: str, in_new_store: bool = False) -> Command:
    """Return the command `python src/train.py ...`, with its logs in the measured folder instead of the project.

    Args:
        name: The name of the command.
        settings: The overrides.
        in_new_store: Whether the command has to create its store.
    """
    return Command(name, TRAIN, (*settings, "hydra.sweep.dir=logs"), in_new_store)


class Place:
    """A temporary folder in which commands run one after another, each with its own store."""

    def __init__(self, folder: Path):
        self.folder, self.empty = folder / "place", folder / "empty"
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)

    def run(self, command: Command) -> Ended:
        """Run a command and return its measurement.

        Raises:
            MeasurementFailed: The command, or a run in its store, failed, or processes did not end.
        """
        if not command.in_new_store and not self.empty.exists():
            self._measure(ours("the store's first opening", "-m", "seed=0", "plan=true", in_new_store=True))
            shutil.move(self.folder, self.empty)
        return self._measure(command)

    def _measure(self, command: Command) -> Ended:
        shutil.rmtree(self.folder, ignore_errors=True)
        if command.in_new_store:
            self.folder.mkdir()
        else:
            shutil.copytree(self.empty, self.folder)
        database = self.folder / "mlflow.db"
        before, began = _cpu(), time.time()
        processes = [self._start(command, number, database) for number in range(command.at_once)]
        try:
            codes = [_wait(process, command.limit) for process in processes]
        except BaseException:  # an interrupt of the benchmark ends its commands too
            for process in processes:
                process.terminate()
            _wait_for_orphans()
            raise
        ended = time.time()
        _wait_for_orphans()
        cpu = _cpu() - before
        for number, code in enumerate(codes):
            if code:
                tail = (self.folder / f"err{number}").read_text(errors="replace").strip().splitlines()[-15:]
                raise MeasurementFailed("\n".join([f"{command.name}: exit code {code}", *tail]))
        outputs = [(self.folder / f"out{number}").read_text() for number in range(command.at_once)]
        seconds = math.inf if None in codes else ended - began
        return Ended(seconds, cpu, [_last_object(output) for output in outputs], runs_in(database, began, ended))

    def _start(self, command: Command, number: int, database: Path) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "HYDRA_"))}
        environment |= {"MLFLOW_TRACKING_URI": f"sqlite:///{database}", "MLFLOW_DISABLE_TELEMETRY": "true"}
        if command.threads is not None:
            names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
            environment |= dict.fromkeys(names, str(command.threads))
        with (self.folder / f"out{number}").open("w") as out, (self.folder / f"err{number}").open("w") as err:
            line = [sys.executable, str(command.program), *command.arguments]
            return subprocess.Popen(line, cwd=self.folder, env=environment, stdout=out, stderr=err)


def cores() -> set[int]:
    """Return the numbers of the processor cores that this process can use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _cpu() -> float:
    """Return the CPU time of all descendants that have ended and been waited for, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait(process: subprocess.Popen[bytes], limit: float | None) -> int | None:
    """Return the exit code of a process, or None if it was killed at the limit."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def _wait_for_orphans() -> None:
    """Wait until this process has no children left."""
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not process:
            time.sleep(0.01)
    raise MeasurementFailed(
        f"processes of the last command still run after {END_SECONDS:.0f} s, so CPU times are unknown"
    )


def _last_object(output: str) -> dict[str, Any]:
    """Return the JSON object in the last line of an output, or an empty one."""
    last = output.strip().rpartition("\n")[2]
    return dict(json.loads(last)) if last.startswith("{") else {}

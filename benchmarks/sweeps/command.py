"""How a whole command is measured: what the clock and the processors say of it, and what its store says of its runs.

A command is started in an empty folder, with a store of its own, as a person starts it. Its CPU time is that of all
processes that it starts, down to the last: the workers' parent outlives the command by a moment and would be nobody's
child then, so this process adopts such orphans, and waits for them before it reads what the kernel has added up.
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

from sweeps.store import Runs, Spoilt, runs_in

PROJECT = Path(__file__).resolve().parents[2]
TRAIN = PROJECT / "src" / "train.py"
PROGRAMS = Path(__file__).resolve().parent

ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of Linux's prctl."""

END_SECONDS = 30.0
"""How long processes may outlive their command."""


@dataclass(frozen=True)
class Command:
    """program: a Python file. in_new_store: whether the store's first opening, which takes seconds, is the command's own; else
    it finds an empty store. at_once: so many of them run side by side. threads: of BLAS, or None for as it comes. limit:
    seconds after which the command is ended, as one that takes for ever."""

    name: str
    program: Path
    arguments: Sequence[str] = ()
    in_new_store: bool = False
    at_once: int = 1
    threads: int | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Ended:
    """seconds: on the clock, from start to exit; infinite beyond the command's limit. cpu: seconds of all its processes. said: the numbers of each process's last
    line, for programs that print such. runs: what came into the store, or None for no run."""

    seconds: float
    cpu: float
    said: Sequence[dict[str, Any]]
    runs: Runs | None


def ours(name: str, *settings: str, in_new_store: bool = False) -> Command:
    """`python src/train.py ...`, its logs beside the store and not in the project."""
    return Command(name, TRAIN, (*settings, "hydra.sweep.dir=logs"), in_new_store)


class Place:
    """A scratch folder in which commands are run, one after another, each in a store as new as it wants it."""

    def __init__(self, folder: Path):
        self.folder, self.empty = folder / "place", folder / "empty"
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)

    def run(self, command: Command) -> Ended:
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
        except BaseException:  # whoever interrupts the benchmark wants its commands to end too
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
                raise Spoilt("\n".join([f"{command.name}: exit code {code}", *tail]))
        outputs = [(self.folder / f"out{number}").read_text() for number in range(command.at_once)]
        seconds = math.inf if None in codes else ended - began
        return Ended(seconds, cpu, [_said(output) for output in outputs], runs_in(database, began, ended))

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
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _cpu() -> float:
    """Seconds of all children that have ended and been waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait(process: subprocess.Popen[bytes], limit: float | None) -> int | None:
    """The exit code, or None where the process had to be ended."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def _wait_for_orphans() -> None:
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not process:
            time.sleep(0.01)
    raise Spoilt(f"processes of the last command are still there after {END_SECONDS:.0f} s, so CPU times are unknown")


def _said(output: str) -> dict[str, Any]:
    """The last line, where it is a JSON object."""
    last = output.strip().rpartition("\n")[2]
    return dict(json.loads(last)) if last.startswith("{") else {}

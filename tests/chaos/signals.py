"""Strikes by signals, to the processes of a round by their role."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from signal import SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM

import numpy as np
import psutil
from tests.chaos import roles
from tests.chaos.strike import Strike, Target

LONGEST_STOP = 4.0
"""The most seconds until a stopped process is continued."""

NAMES = {SIGKILL: "kill -9", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "hang-up", SIGSTOP: "SIGSTOP, SIGCONT"}

SENT: dict[str, tuple[tuple[signal.Signals, ...], str, float]] = {
    "parent": ((SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSTOP), "", 4.0),
    "worker": ((SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSTOP), "workers", 4.0),
    "fork server": ((SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSTOP), "workers", 2.0),
    "resource tracker": ((SIGKILL,), "workers", 0.5),
    "Dask scheduler": ((SIGKILL, SIGTERM, SIGSTOP), "dask", 1.5),
    "Dask nanny": ((SIGKILL, SIGTERM, SIGSTOP), "dask", 1.5),
    "Dask worker": ((SIGKILL, SIGTERM, SIGSTOP), "dask", 3.0),
    "Dask job server": ((SIGKILL, SIGTERM, SIGHUP, SIGSTOP), "dask", 3.0),
    "tracking server": ((SIGKILL, SIGTERM, SIGSTOP), "server", 3.0),
    "database server": ((SIGKILL, signal.SIGQUIT, SIGSTOP), "postgresql", 3.0),
}
"""The signals that are sent to each role, what a scenario must have for it, and how often they are drawn together."""


def strikes() -> list[Strike]:
    """Return a strike for each signal and role, and strikes that reach several processes of a command."""
    found = [
        Strike(
            f"{NAMES.get(number, number.name)} {role}",
            _to_one(role, number),
            needs=frozenset({needs} - {""}),
            weight=weight / len(numbers),
            fatal=role == "parent" and number != SIGSTOP,
            earliest=0.3 if number == SIGINT else 0.0,  # before its first line, Python itself prints a traceback
        )
        for role, (numbers, needs, weight) in SENT.items()
        for number in numbers
    ]
    found += [
        Strike(
            f"{NAMES[number]} all processes",
            _to_group(number),
            weight=0.7,
            fatal=number != SIGSTOP,
            earliest=0.3 if number == SIGINT else 0.0,
        )
        for number in (SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSTOP)
    ]
    found.append(Strike("kill -9 parent and a worker", _parent_and_worker, weight=0.7, fatal=True))
    found.append(Strike("SIGTERM parent, again and again", _again(SIGTERM), weight=0.4, fatal=True))
    found.append(Strike("SIGINT all processes, again and again", _again(SIGINT), weight=0.4, fatal=True, earliest=0.3))
    return found


def _to_one(role: str, number: signal.Signals) -> Callable[[Target, np.random.Generator], bool]:
    """Send the signal to one process in this role."""

    def hit(target: Target, rng: np.random.Generator) -> bool:
        found = roles.in_role(target.place.mark, role)
        if role == "parent":
            found = [process for process in found if process.pid == target.pid]
        if not found:
            return False
        return _send([found[rng.integers(len(found))]], number, target, rng)

    return hit


def _to_group(number: signal.Signals) -> Callable[[Target, np.random.Generator], bool]:
    """Send the signal to the command's process group, as a terminal does."""

    def hit(target: Target, rng: np.random.Generator) -> bool:
        found = [process for process in roles.marked(target.place.mark) if _group(process) == target.pid]
        return _send(found, number, target, rng)

    return hit


def _group(process: psutil.Process) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(process.pid)
    return None


def _parent_and_worker(target: Target, rng: np.random.Generator) -> bool:
    workers = roles.in_role(target.place.mark, "worker")
    one = [workers[rng.integers(len(workers))]] if workers else []
    parent = [process for process in roles.in_role(target.place.mark, "parent") if process.pid == target.pid]
    return _send([*one, *parent], SIGKILL, target, rng)


def _again(number: signal.Signals) -> Callable[[Target, np.random.Generator], bool]:
    """Send the signal several times in short succession: SIGTERM to the command, others to its process group."""

    def hit(target: Target, rng: np.random.Generator) -> bool:
        count, pause = int(rng.integers(2, 8)), float(rng.uniform(0.01, 0.3))
        assert target.pid is not None
        pid, stop = target.pid, threading.Event()

        def send() -> None:
            for _ in range(count):
                with suppress(ProcessLookupError):
                    os.kill(pid, number) if number == SIGTERM else os.killpg(pid, number)
                if stop.wait(pause):
                    return

        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        target.at_end.callback(sending.join)
        target.at_end.callback(stop.set)
        return True

    return hit


def _send(
    processes: Iterable[psutil.Process], number: signal.Signals, target: Target, rng: np.random.Generator
) -> bool:
    """Send the signal to the processes, and continue stopped ones later; return whether a process was there."""
    struck = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
            struck.append(process)
    if struck and number == SIGSTOP:
        timer = threading.Timer(float(rng.uniform(0.2, LONGEST_STOP)), _let_go_on, [struck])
        timer.daemon = True
        timer.start()
        target.at_end.callback(_let_go_on, struck)
        target.at_end.callback(timer.cancel)
    return bool(struck)


def _let_go_on(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(SIGCONT)

"""What must not be left when a round is over: processes, held locks, temporary files, shared memory."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psutil
from tests.chaos import roles
from tests.chaos.place import Place

SECONDS = 30.0
"""How long the last process of a round may take to end, and to take its files along."""


def left_over(place: Place, seconds: float = SECONDS) -> list[str]:
    """Describe what is left of a round after at most so many seconds; empty once there is nothing."""
    end = monotonic() + seconds
    found = _all(place)
    while found and monotonic() < end:
        sleep(0.1)
        found = _all(place)
    return found


def _all(place: Place) -> list[str]:
    return [*processes(place.mark), *held_locks(place.mlruns), *files(place)]


def processes(mark: str) -> list[str]:
    """Describe the living processes of a round."""
    found = []
    for process in roles.marked(mark):
        with suppress(psutil.Error):
            found.append(f"process {process.pid} ({roles.of(process) or ' '.join(process.cmdline())[:80]})")
    return found


def held_locks(folder: Path) -> list[str]:
    """Describe the files below the folder that the kernel has locked for somebody."""
    inodes = {line.split()[5].rpartition(":")[2]: line.split()[4] for line in _locks() if len(line.split()) > 5}
    return [
        f"lock on {file.name} (held by process {inodes[str(inode)]})"
        for file, inode in _inodes(folder)
        if str(inode) in inodes and Path("/proc", inodes[str(inode)]).exists()
    ]


def _locks() -> list[str]:
    return [line for line in Path("/proc/locks").read_text().splitlines() if "->" not in line]


def _inodes(folder: Path) -> Iterable[tuple[Path, int]]:
    for file in [*folder.glob("*"), *folder.glob("studies/*")]:
        with suppress(OSError):
            yield file, file.stat().st_ino


def files(place: Place) -> list[str]:
    """Describe temporary files, drafts of a store, and shared memory where it is the round's alone."""
    found = [f"temporary {path.name}" for path in _within(place.temporary)]
    found += [f"draft {path.name}" for path in place.mlruns.glob("*.new*")]
    if place.disk:  # then /dev/shm too is this process's own
        found += [f"shared memory {path.name}" for path in _within(Path("/dev/shm")) if "PostgreSQL" not in path.name]
    return found


def _within(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def end_all(mark: str, tell: Callable[[psutil.Process], None] | None = None) -> None:
    """Kill every process of a round. tell: is called with each of them first."""
    for _ in range(3):  # one may just have started another
        for process in roles.marked(mark):
            if tell:
                tell(process)
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        sleep(0.05)


def clean(place: Place) -> None:
    """Remove what a round may have left in shared memory, so that the next round is not blamed for it."""
    for path in _within(Path("/dev/shm")) if place.disk else []:
        with suppress(OSError):
            path.unlink()

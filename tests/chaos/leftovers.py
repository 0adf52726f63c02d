"""What a round must not leave behind: processes, held locks, temporary files, shared memory."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psutil
from tests.chaos import roles
from tests.chaos.place import Place

SECONDS = 30.0
"""The most seconds that the last process of a round may take to end and to remove its files."""


def left_over(place: Place, seconds: float = SECONDS) -> list[str]:
    """Wait at most `seconds` until nothing is left of a round, and return a description of each thing that is."""
    end = monotonic() + seconds
    found = _all(place)
    while found and monotonic() < end:
        sleep(0.1)
        found = _all(place)
    return found


def _all(place: Place) -> list[str]:
    return [*processes(place.mark), *held_locks(place.mlruns), *files(place)]


def processes(mark: str) -> list[str]:
    """Return a description of each living process of a round."""
    found = []
    for process in roles.marked(mark):
        with suppress(psutil.Error):
            found.append(f"process {process.pid} ({roles.of(process) or ' '.join(process.cmdline())[:80]})")
    return found


def held_locks(folder: Path) -> list[str]:
    """Return a description of each file in the folder, and in its studies, that a living process holds locked."""
    holders = {fields[5]: fields[4] for fields in map(str.split, _locks()) if "->" not in fields}
    found = []
    for file in [*folder.glob("*"), *folder.glob("studies/*")]:
        with suppress(OSError):
            status = file.stat()
            device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
            holder = holders.get(f"{device}:{status.st_ino}")
            if holder and Path("/proc", holder).exists():
                found.append(f"lock on {file.name} (held by process {holder})")
    return found


def _locks() -> list[str]:
    return Path("/proc/locks").read_text().splitlines()


def files(place: Place) -> list[str]:
    """Return a description of each temporary file, draft of a store, and shared memory if the round has its own."""
    found = [f"temporary {path.name}" for path in _within(place.temporary)]
    found += [f"draft {path.name}" for path in place.mlruns.glob("*.new*")]
    if place.disk:  # then /dev/shm belongs to this process and its children
        found += [f"shared memory {path.name}" for path in _within(Path("/dev/shm")) if "PostgreSQL" not in path.name]
    return found


def _within(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def end_all(mark: str) -> None:
    """Kill every process of a round."""
    for _ in range(3):  # a process may just have started another
        for process in roles.marked(mark):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        sleep(0.05)


def clean(place: Place) -> None:
    """Remove what the round has left in shared memory, so that it does not count for the next round."""
    for path in _within(Path("/dev/shm")) if place.disk else []:
        with suppress(OSError):
            path.unlink()

"""What must not be left when a round is over: processes, held locks, temporary files, shared memory."""

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
    """Describe the files in the folder, and in its studies, that the kernel has locked for a living process."""
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
    """Describe temporary files, drafts of a store, and shared memory where it is the round's alone."""
    found = [f"temporary {path.name}" for path in _within(place.temporary)]
    found += [f"draft {path.name}" for path in place.mlruns.glob("*.new*")]
    if place.disk:  # then /dev/shm too is this process's own
        found += [f"shared memory {path.name}" for path in _within(Path("/dev/shm")) if "PostgreSQL" not in path.name]
    return found


def _within(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def end_all(mark: str) -> None:
    """Kill every process of a round."""
    for _ in range(3):  # one may just have started another
        for process in roles.marked(mark):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        sleep(0.05)


def clean(place: Place) -> None:
    """Remove what a round may have left in shared memory, so that the next round is not blamed for it."""
    for path in _within(Path("/dev/shm")) if place.disk else []:
        with suppress(OSError):
            path.unlink()

"""The processes of a round, and the role of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from tests.chaos.place import MARK

FORK_SERVER = "forkserver import main"

WORDS = {
    "parent": "train.py",
    "fork server": FORK_SERVER,
    "resource tracker": "resource_tracker import main",
    "Dask scheduler": "dask_scheduler",
    "Dask nanny": "dask_worker",
    "Dask job server": "executors.serve",
    "Dask worker": "spawn_main",
    "tracking server": "mlflow",
    "database server": "postgres",
}
"""A part of the command line of processes, by role. A process has the first role that fits."""

ROLES = (*WORDS, "worker")


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield every living process whose environment has the mark of a round."""
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, psutil.Error):
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    process = psutil.Process(int(folder.name))
                    if process.status() != psutil.STATUS_ZOMBIE:
                        yield process


def of(process: psutil.Process) -> str:
    """Return the role of a process; "" if it has none, such as git.

    A worker has the command line of the fork server that has forked it.
    """
    words = " ".join(process.cmdline())
    role = next((role for role, known in WORDS.items() if known in words), "")
    parent = process.parent() if role == "fork server" else None
    return "worker" if parent is not None and FORK_SERVER in " ".join(parent.cmdline()) else role


def in_role(mark: str, role: str) -> list[psutil.Process]:
    """Return the living processes of a round in this role, in the order of their ids."""
    found = []
    for process in marked(mark):
        with suppress(psutil.Error):
            if of(process) == role:
                found.append(process)
    return sorted(found, key=lambda process: process.pid)

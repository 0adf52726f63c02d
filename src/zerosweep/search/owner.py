"""Ownership of a study: the process that searches it holds a lock, which becomes free when the process dies."""

from __future__ import annotations

import secrets
import socket
from itertools import count
from pathlib import Path
from time import sleep

from filelock import FileLock, Timeout

from zerosweep.errors import UserError
from zerosweep.runs.identity import digest
from zerosweep.search import storage
from zerosweep.search.database import connect
from zerosweep.tracking.advisory_locks import AdvisoryLocks

AGAIN_SECONDS = 1.0
"""Seconds after which an owner whose lock is free is looked at again, before it counts as dead."""


class Owner:
    """This process as an owner of a study, until the end of a `with` block.

    A study in a file has one owner at a time. A study on a database server may have several. An owner on PostgreSQL
    holds an advisory lock there, which all who share the study see. The lock of any other owner is a file. It lies
    beside a storage that is a file, so that every checkout of the project finds it, and for MySQL in this checkout's
    mlruns/studies, where processes on other machines cannot see it.

    Attributes:
        name: Machine, and path or key of the lock. From it, other processes find out whether this one is alive.

    Raises:
        UserError: Another process owns the study, or the lock's folder cannot be written to.
    """

    def __init__(self, url: str, study: str):
        self._shared, file = storage.shared(url), storage.file_of(url)
        self._locks = AdvisoryLocks(url) if url.startswith("postgresql") else None
        self._lock: FileLock | None = None
        self._key, self._dead = secrets.randbits(62), set[str]()
        if self._locks is not None:
            with storage.explained(url):
                connect(url)  # a wrong address raises at once, where the locks would wait
            self._locks.take(self._key)
            self.name = f"{_machine()}{self._locks.mark(self._key)}"
            return
        if file:
            stem = file.with_name(f"{file.name}.{digest(study.encode())[:8]}")
        else:
            stem = storage.studies() / digest(url.encode(), study.encode())
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for place in count() if self._shared else [0]:
                path = stem.with_name(f"{stem.name}.{place}.owner")
                self._lock = _acquired(path)
                if self._lock is not None:
                    self.name = f"{_machine()}{path}"
                    return
        except OSError as error:
            raise UserError(f"{stem.parent}: cannot be written to ({error.strerror})") from None
        raise UserError(f"the study {study} is being searched by another process on this machine")

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        if self._locks is not None:
            self._locks.free(self._key)
            self._locks.close()
        if self._lock is not None:
            self._lock.release()

    def may_close(self, other: str) -> bool:
        """Return whether this process may close the trials that the owner named `other` has left running.

        It may if `other` is dead or is this process itself. An owner that cannot be seen counts as alive.
        """
        return not self._shared or other == self.name or self._state(other) == "dead"

    def sees_alive(self, other: str) -> bool:
        """Return whether `other` names another process that is known to be alive."""
        return self._shared and other != self.name and self._state(other) == "alive"

    def _state(self, other: str) -> str:
        """Return "alive" or "dead"; "unseen" for an owner whose lock cannot be seen from this machine."""
        key = self._locks.key(other.partition(":")[2]) if self._locks is not None else None  # MACHINE:postgresql:KEY
        if self._locks is not None and key is not None:
            if self._locks.taken(key):
                return "alive"
            if other not in self._dead:
                sleep(AGAIN_SECONDS)  # its session may have been ended, and it is taking its lock again
                if self._locks.taken(key):
                    return "alive"
                self._dead.add(other)
            return "dead"
        path = Path(other.removeprefix(_machine()))
        if not other.startswith(_machine()) or not path.parent.is_dir():
            return "unseen"
        try:
            lock = _acquired(path)
        except OSError:
            return "unseen"
        if lock is None:
            return "alive"
        lock.release()
        return "dead"


def _machine() -> str:
    """Return the prefix of the names of this machine's owners."""
    return f"{socket.gethostname()}:"


def _acquired(path: Path) -> FileLock | None:
    """Return the lock of this file, acquired; None where another process holds it."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock

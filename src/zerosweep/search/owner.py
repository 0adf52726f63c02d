"""Who searches a study: a process with a lock that the kernel frees when it dies."""

from __future__ import annotations

import socket
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from zerosweep.errors import UserError
from zerosweep.runs.identity import digest
from zerosweep.search import storage


class Owner:
    """This process as one that searches a study, until the end of a `with`: the only one, or for a shared storage one of
    several.

    Its lock is a file beside a storage that is a file, so that every checkout of the project sees it; for a server, a file under
    this checkout's mlruns/studies.

    Attributes:
        name: Machine and file of the lock, by which other processes can tell whether this one lives.
    """

    def __init__(self, url: str, study: str):
        self._shared, file = storage.shared(url), storage.file_of(url)
        if file:
            stem = file.with_name(f"{file.name}.{digest(study.encode())[:8]}")
        else:
            stem = storage.STUDIES / digest(url.encode(), study.encode())
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for place in count() if self._shared else [0]:
                path = stem.with_name(f"{stem.name}.{place}.owner")
                self._lock = _taken(path)
                if self._lock is not None:
                    self.name = f"{_here()}{path}"
                    return
        except OSError as error:
            raise UserError(f"{stem.parent}: cannot be written to ({error.strerror})") from None
        raise UserError(f"the study {study} is being searched by another process on this machine")

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()

    def may_close(self, other: str) -> bool:
        """Whether what the process of this name has left open is for this one to close: it is dead, or this process itself. One
        that cannot be seen from here may live."""
        return not self._shared or other == self.name or self._state(other) == "dead"

    def sees_alive(self, other: str) -> bool:
        """Whether the process of this name is another one on this machine, and lives."""
        return self._shared and other != self.name and self._state(other) == "alive"

    def _state(self, other: str) -> str:
        path = Path(other.removeprefix(_here()))
        if not other.startswith(_here()) or not path.parent.is_dir():
            return "unseen"
        try:
            lock = _taken(path)
        except OSError:
            return "unseen"
        if lock is None:
            return "alive"
        lock.release()
        return "dead"


def _here() -> str:
    return f"{socket.gethostname()}:"


def _taken(path: Path) -> FileLock | None:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock

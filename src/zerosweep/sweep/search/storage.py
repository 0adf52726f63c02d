"""Where studies are kept: a journal with a lock that the kernel frees, or a database."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from zerosweep import PROJECT
from zerosweep.errors import SettingError, UserError, without_password
from zerosweep.identity import digest

STUDIES = PROJECT / "mlruns" / "studies"

FILES = {"journal": "journal:", "sqlite": "sqlite:///"}
"""How URLs of storages begin that are files."""

DATABASES = ("sqlite", "postgresql", "mysql")

logging.getLogger("optuna").setLevel(logging.ERROR)


class KernelLock:
    """Optuna's own lock is a file that survives a killed process, and costs the next writer 30 seconds."""

    def __init__(self, path: Path):
        self._path = path

    def acquire(self) -> bool:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        os.close(self._file)


def storage_of(configured: str | None, study: str) -> str:
    """The URL of the study's storage: as configured, else a journal of its own under mlruns/studies. Of a file it has one
    spelling, wherever it is written."""
    url = configured or f"journal:{STUDIES / study}.log"
    scheme = urlsplit(url).scheme.split("+")[0]
    if scheme not in ("journal", *DATABASES):
        raise SettingError(
            "hydra.sweeper.storage", url, "must begin with journal:, sqlite:///, postgresql:// or mysql://"
        )
    if scheme == "sqlite" and (urlsplit(url).path in ("", "/") or ":memory:" in url):
        raise SettingError(
            "hydra.sweeper.storage", url, "is in memory, which workers do not share; must be sqlite:///FILE"
        )
    file = file_of(url)
    return f"{FILES[scheme]}{file}" if file else url


def file_of(url: str) -> Path | None:
    """The file of a storage that is one, by its one name; None for a database server."""
    kind = next((kind for kind in FILES.values() if url.startswith(kind)), None)
    return Path(url.removeprefix(kind)).resolve() if kind else None


def shared(url: str) -> bool:
    """Whether several processes, on other machines too, may be at work on one study there."""
    return urlsplit(url).scheme.split("+")[0] in ("postgresql", "mysql")


def open_storage(url: str) -> BaseStorage:
    """The storage behind the URL; what cannot be opened is a `UserError`."""
    try:
        file = file_of(url)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        if file and url.startswith(FILES["journal"]):
            lock: Any = KernelLock(file.with_name(f"{file.name}.lock"))
            return JournalStorage(JournalFileBackend(str(file), lock_obj=lock))
        return RDBStorage(url)
    except Exception as error:  # of whatever database it is
        why = str(error).splitlines()[0]
        if isinstance(error, ImportError):
            why = "its driver is missing: pip install -e '.[postgresql]'" if "postgresql" in url else why
        raise UserError(f"hydra.sweeper.storage={without_password(url)}: cannot be opened ({why})") from error


class Owner:
    """Whoever searches a study, from now on to the end of a `with`: the only one, or of a storage that is shared one of
    several. name: of the process, among all on all machines.

    The kernel frees the lock behind it when its process dies."""

    def __init__(self, url: str, study: str):
        STUDIES.mkdir(parents=True, exist_ok=True)
        self._stem, self._shared = digest(url.encode(), study.encode()), shared(url)
        for place in count() if self._shared else [0]:
            self._lock = self._taken(place)
            if self._lock is not None:
                self.name = f"{socket.gethostname()}/{place}"
                return
        raise UserError(f"the study {study} is being searched by another process on this machine")

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()

    def may_close(self, other: str) -> bool:
        """Whether what the process of this name has left open is for this one to close: it is gone, or this one itself."""
        if not self._shared or other == self.name:
            return True
        host, _, place = other.rpartition("/")
        if host != socket.gethostname():
            return False
        lock = self._taken(int(place))
        if lock is not None:
            lock.release()
        return lock is not None

    def _taken(self, place: int) -> FileLock | None:
        lock = FileLock(STUDIES / f"{self._stem}.{place}.owner")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

"""Where studies are kept: a journal with a lock that the kernel frees, or a database."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from zerosweep import PROJECT
from zerosweep.errors import SettingError, UserError
from zerosweep.identity import digest

STUDIES = PROJECT / "mlruns" / "studies"

DATABASES = ("sqlite", "postgresql", "mysql")

logging.getLogger("optuna").setLevel(logging.ERROR)


class KernelLock:
    """Optuna's own lock is a file that survives a killed process, and costs the next writer 30 seconds."""

    def __init__(self, path: Path):
        self._path = path

    def acquire(self) -> bool:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        os.close(self._file)


def storage_of(configured: str | None, study: str) -> str:
    """The URL of the study's storage: as configured, else a journal of its own under mlruns/studies."""
    url = configured or f"journal:{STUDIES / study}.log"
    scheme = urlsplit(url).scheme.split("+")[0]
    if scheme not in ("journal", *DATABASES):
        raise SettingError(
            "hydra.sweeper.storage", url, "must begin with journal:, sqlite:///, postgresql:// or mysql://"
        )
    return f"journal:{Path(url.removeprefix('journal:')).absolute()}" if scheme == "journal" else url


def shared(url: str) -> bool:
    """Whether other machines may be at work on the studies there."""
    return urlsplit(url).scheme.split("+")[0] in ("postgresql", "mysql")


def open_storage(url: str) -> BaseStorage:
    """The storage behind the URL; what cannot be opened is a `UserError`."""
    try:
        if url.startswith("journal:"):
            path = Path(url.removeprefix("journal:"))
            path.parent.mkdir(parents=True, exist_ok=True)
            lock: Any = KernelLock(path.with_name(f"{path.name}.lock"))
            return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
        return RDBStorage(url)
    except Exception as error:  # of whatever database it is
        raise UserError(f"hydra.sweeper.storage={url}: cannot be opened ({str(error).splitlines()[0]})") from error


def ownership(url: str, study: str) -> FileLock:
    """The lock of whoever searches a study on this machine, taken; a second search of it would disturb the first.

    The kernel frees it when its holder dies."""
    STUDIES.mkdir(parents=True, exist_ok=True)
    lock = FileLock(STUDIES / f"{digest(url.encode(), study.encode())}.owner")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"the study {study} is being searched by another process on this machine") from None
    return lock

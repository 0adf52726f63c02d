"""Storages of studies: their URLs, and how to open and close them. A storage is a journal in a file, or a database."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from optuna.storages import BaseStorage, JournalStorage, RDBStorage

from zerosweep.errors import SettingError, UserError
from zerosweep.importing import is_own_process
from zerosweep.masking import MASK, masked
from zerosweep.places import home
from zerosweep.search.database import open_database
from zerosweep.search.journal import Journal, is_journal, open_repaired
from zerosweep.tracking.sqlite import quoted

DATABASES = ("sqlite", "postgresql", "mysql")
"""The schemes of databases."""

STORAGE = "hydra.sweeper.storage"
"""The setting that error messages name."""

LONGEST = 200
"""The most bytes in the name of a study, which is also part of file names and tags."""

OPTUNA = logging.getLogger("optuna")

if is_own_process():
    OPTUNA.setLevel(logging.ERROR)


@contextmanager
def silenced() -> Iterator[None]:
    """Have Optuna log only errors in this block, as it always does in a process of the project's own."""
    before = OPTUNA.level
    OPTUNA.setLevel(logging.ERROR)
    try:
        yield
    finally:
        OPTUNA.setLevel(before)


def studies() -> Path:
    """Return the folder of the journals of studies without a configured storage."""
    return home() / "mlruns" / "studies"


def check_name(setting: str, name: str) -> str:
    """Return the name of a study, unchanged.

    Args:
        setting: The setting that has the name, for the error message.

    Raises:
        SettingError: The name cannot be the name of a file.
    """
    if not name.strip() or name in (".", "..") or any(sign in "/\\'\"`" or not sign.isprintable() for sign in name):
        raise SettingError(setting, name, "must be a name without slashes, quotes and control characters")
    if len(name.encode()) > LONGEST:
        raise SettingError(setting, f"{name[:20]}…", f"must have at most {LONGEST} bytes")
    return name


def storage_of(configured: str | None, study: str) -> str:
    """Return the URL of the study's storage, with the path of a file made absolute.

    Args:
        configured: The setting; None for a journal of its own in mlruns/studies.

    Raises:
        SettingError: The URL cannot be a storage that workers share.
    """
    url = configured or f"journal:{studies() / study}.log"
    scheme, parts = _scheme(url), _file_parts(url)
    if scheme not in ("journal", *DATABASES) or not (scheme == "journal" or _after_scheme(url).startswith("//")):
        raise _refused(url, "must begin with journal:, sqlite:///, postgresql:// or mysql://")
    if scheme == "sqlite" and (not (parts and parts[1]) or ":memory:" in url or "mode=memory" in url):
        raise _refused(url, "is in memory, which workers do not share; must be sqlite:///FILE")
    if MASK in url:
        raise _refused(url, f"has {MASK} in place of a password; give the password, or leave it out and set PGPASSWORD")
    if parts is None:
        return url
    begin, path, query = parts
    try:
        _check_file(url, scheme, Path(path))
        file = Path(path).resolve()
        return f"{begin}{quoted(file) if scheme == 'sqlite' else file}{query}"
    except (OSError, RuntimeError, ValueError) as error:  # for a name that is too long, a loop of symlinks, a null byte
        raise _refused(url, f"cannot be opened ({getattr(error, 'strerror', None) or error})") from None


def file_of(url: str) -> Path | None:
    """Return the absolute path of the storage's file; None for a database server."""
    parts = _file_parts(url)
    return Path(parts[1]).resolve() if parts and parts[1] else None


def shared(url: str) -> bool:
    """Return whether several processes, also on other machines, may search one study in the storage."""
    return _scheme(url) in ("postgresql", "mysql")


def open_storage(url: str, patience: float = 0.0) -> BaseStorage:
    """Open the storage without repairing it.

    Args:
        patience: Seconds to wait for a database server that does not answer.

    Raises:
        UserError: The storage cannot be opened.
    """
    with explained(url):
        file = _folder_made(url)
        return JournalStorage(Journal(file)) if file and _scheme(url) == "journal" else open_database(url, patience)


def open_to_search(url: str) -> tuple[BaseStorage, str]:
    """Open the storage for a process that owns its study, and repair a damaged journal.

    Returns:
        The storage, and what was repaired in the journal; "" if nothing was.

    Raises:
        UserError: The storage cannot be opened.
    """
    with explained(url):
        file = _folder_made(url)
        return open_repaired(file) if file and _scheme(url) == "journal" else (open_database(url), "")


def close_storage(storage: BaseStorage) -> None:
    """Close the connections of a database. A journal has nothing that stays open."""
    storage.remove_session()
    if isinstance(storage, RDBStorage):
        storage.engine.dispose()


def _folder_made(url: str) -> Path | None:
    """Create the folder of the storage's file, and return the file; None for a database server."""
    file = file_of(url)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
    return file


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Raise any error about opening the storage as a `UserError` that names its URL and the reason."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # of any type, as each database driver has its own
        why = masked(next(iter(str(error).splitlines()), type(error).__name__), url)
        if isinstance(error, ImportError):
            why = "its driver is missing: pip install -e '.[postgresql]'" if "postgresql" in url else why
        raise UserError(f"{STORAGE}={url}: cannot be opened ({why})") from error


def _check_file(url: str, scheme: str, file: Path) -> None:
    """Refuse a file that cannot be a storage: a broken symlink, a folder or device, or another kind of file."""
    if file.is_symlink() and not file.exists():
        raise _refused(url, f"is a symlink to {file.readlink()}, which does not exist")
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise _refused(url, "must be a regular file")
    if scheme == "journal" and not is_journal(file):
        raise _refused(url, "is not a journal of Optuna; give another file")


def _refused(url: str, allowed: str) -> SettingError:
    return SettingError(STORAGE, url, allowed)


def _scheme(url: str) -> str:
    """Return the scheme of a URL, without the driver as in postgresql+psycopg."""
    return url.partition(":")[0].partition("+")[0]


def _after_scheme(url: str) -> str:
    return url.partition(":")[2]


def _file_parts(url: str) -> tuple[str, str, str] | None:
    """Return (beginning, path, query) of the URL of a file; None for a database server."""
    if _scheme(url) == "journal":
        return "journal:", _after_scheme(url), ""
    if _scheme(url) != "sqlite":
        return None
    begin = f"{url.partition(':')[0]}:///"
    path, mark, query = url.removeprefix(begin).partition("?")
    return begin, unquote(path) if url.startswith(begin) else "", mark + query

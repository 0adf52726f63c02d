"""Where studies are kept: a journal in a file, or a database."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from optuna.storages import BaseStorage, JournalStorage, RDBStorage

from zerosweep import PROJECT
from zerosweep.errors import SettingError, UserError
from zerosweep.masking import MASK, masked
from zerosweep.search.database import open_database
from zerosweep.search.journal import Journal, is_journal, open_mended
from zerosweep.tracking.sqlite import quoted

STUDIES = PROJECT / "mlruns" / "studies"

DATABASES = ("sqlite", "postgresql", "mysql")

STORAGE = "hydra.sweeper.storage"

LONGEST = 200
"""Bytes in the name of a study, which is also a part of file names and of tags."""

logging.getLogger("optuna").setLevel(logging.ERROR)


def check_name(setting: str, name: str) -> str:
    """Return the name of a study, which must also do as the name of a file; `setting` is where it comes from."""
    if not name.strip() or name in (".", "..") or any(sign in "/\\'\"`" or not sign.isprintable() for sign in name):
        raise SettingError(setting, name, "must be a name without slashes, quotes and control characters")
    if len(name.encode()) > LONGEST:
        raise SettingError(setting, f"{name[:20]}…", f"must have at most {LONGEST} bytes")
    return name


def storage_of(configured: str | None, study: str) -> str:
    """The URL of the study's storage: as configured, else a journal of its own under mlruns/studies. A file has one spelling,
    wherever it is written. A URL that cannot be a storage is a `SettingError`."""
    url = configured or f"journal:{STUDIES / study}.log"
    scheme, named = _scheme(url), _named(url)
    if scheme not in ("journal", *DATABASES) or not (scheme == "journal" or _after_scheme(url).startswith("//")):
        raise _refused(url, "must begin with journal:, sqlite:///, postgresql:// or mysql://")
    if scheme == "sqlite" and (not (named and named[1]) or ":memory:" in url or "mode=memory" in url):
        raise _refused(url, "is in memory, which workers do not share; must be sqlite:///FILE")
    if MASK in url:
        raise _refused(url, f"has {MASK} in place of a password; give it whole, or without it and set PGPASSWORD")
    if named is None:
        return url
    begin, path, query = named
    try:
        _check_file(url, scheme, Path(path))
        file = Path(path).resolve()
        return f"{begin}{quoted(file) if scheme == 'sqlite' else file}{query}"
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a loop of symlinks, a null byte
        raise _refused(url, f"cannot be opened ({getattr(error, 'strerror', None) or error})") from None


def file_of(url: str) -> Path | None:
    """The file of a storage that is one, by its one name; None for a database server."""
    named = _named(url)
    return Path(named[1]).resolve() if named and named[1] else None


def shared(url: str) -> bool:
    """Whether several processes, on other machines too, may search one study there."""
    return _scheme(url) in ("postgresql", "mysql")


def open_storage(url: str, patience: float = 0.0) -> BaseStorage:
    """Open the storage behind the URL as it is. What cannot be opened is a `UserError`.

    Args:
        patience: Seconds to wait for a database server that does not answer.
    """
    with _explained(url):
        file = _folder_made(url)
        return JournalStorage(Journal(file)) if file and _scheme(url) == "journal" else open_database(url, patience)


def open_to_search(url: str) -> tuple[BaseStorage, str]:
    """Open the storage behind the URL, for a process that owns its study. A damaged journal is repaired.

    Returns:
        The storage, and what was done to a damaged journal; "" where nothing was.
    """
    with _explained(url):
        file = _folder_made(url)
        return open_mended(file) if file and _scheme(url) == "journal" else (open_database(url), "")


def close_storage(storage: BaseStorage) -> None:
    """Close the connections of a database; nothing else in a storage stays open."""
    storage.remove_session()
    if isinstance(storage, RDBStorage):
        storage.engine.dispose()


def _folder_made(url: str) -> Path | None:
    file = file_of(url)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
    return file


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # of whatever database it is
        why = masked(next(iter(str(error).splitlines()), type(error).__name__), url)
        if isinstance(error, ImportError):
            why = "its driver is missing: pip install -e '.[postgresql]'" if "postgresql" in url else why
        raise UserError(f"{STORAGE}={url}: cannot be opened ({why})") from error


def _check_file(url: str, scheme: str, file: Path) -> None:
    """Refuse a file that would have to be replaced, or is something else."""
    if file.is_symlink() and not file.exists():
        raise _refused(url, f"is a symlink to {file.readlink()}, which does not exist")
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise _refused(url, "must be a regular file")
    if scheme == "journal" and not is_journal(file):
        raise _refused(url, "is no journal of Optuna; give another file")


def _refused(url: str, allowed: str) -> SettingError:
    return SettingError(STORAGE, url, allowed)


def _scheme(url: str) -> str:
    """What a URL begins with, without a driver as in postgresql+psycopg."""
    return url.partition(":")[0].partition("+")[0]


def _after_scheme(url: str) -> str:
    return url.partition(":")[2]


def _named(url: str) -> tuple[str, str, str] | None:
    """(begin, path, query) of the URL of a file; None for a database server."""
    if _scheme(url) == "journal":
        return "journal:", _after_scheme(url), ""
    if _scheme(url) != "sqlite":
        return None
    begin = f"{url.partition(':')[0]}:///"
    path, mark, query = url.removeprefix(begin).partition("?")
    return begin, unquote(path) if url.startswith(begin) else "", mark + query

"""First use of a database: its tables are created by one process at a time, completely or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from zerosweep.tracking.equal import INDEX
from zerosweep.tracking.location import lock_file, scheme
from zerosweep.tracking.mlflow_private import make_tables
from zerosweep.tracking.sqlite import sqlite_file, sqlite_uri

LOCKS = {
    "postgresql": "SELECT pg_advisory_xact_lock(:key)",
    "mysql": "SELECT GET_LOCK(CONCAT('zerosweep-', DATABASE()), 600)",
    "mssql": "EXEC sp_getapplock @Resource='zerosweep', @LockMode='Exclusive', @LockOwner='Transaction'",
}
"""Statement with which a connection takes a lock that it holds until it ends, by the scheme of the server."""

KEY = int.from_bytes(hashlib.sha256(b"zerosweep").digest()[:8], "big", signed=True)

CONNECT_SECONDS, LOCK_SECONDS = 10, 10
"""Seconds that one attempt to reach a server, or to lock a file, may take."""

TEMPORARY = ("", "-journal", "-wal", "-shm")
"""Suffixes of a SQLite database and of the files that SQLite puts beside it."""


@contextmanager
def prepared(uri: str, artifacts: str) -> Iterator[None]:
    """Create missing tables, and keep all other processes from opening the database while the block lasts.

    This holds for processes on other machines too. The lock is freed when its holder dies. A wrong password or a
    missing driver raises at once, where MLflow would try for minutes.

    Args:
        uri: The URI of the database.
        artifacts: The URI of the folder for artifacts of MLflow's default experiment.
    """
    if file := sqlite_file(uri):
        with FileLock(lock_file(file), timeout=LOCK_SECONDS):
            _make_ready(file, artifacts)
            yield
        return
    from sqlalchemy import NullPool, create_engine, text

    kind = scheme(uri)
    limit = {} if kind == "mssql" else {"connect_timeout": CONNECT_SECONDS}
    with create_engine(uri, poolclass=NullPool, connect_args=limit).begin() as connection:
        connection.execute(text(LOCKS[kind]), {"key": KEY} if kind == "postgresql" else {})
        make_tables(uri, artifacts)
        yield


def is_ready(file: Path) -> bool:
    """Return whether this version of MLflow has opened a SQLite store before, and the store has the same tables still.

    Then it can be read at once, without MLflow, whose import takes longer than most commands.
    """
    if not file.is_file() or not file.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(file)) as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0] == _mark(connection))
    except sqlite3.Error:  # opening it as a whole reports what is wrong with it
        return False


def mark_ready(file: Path) -> None:
    """Note in a SQLite store that this version of MLflow has opened it, and give it the index of its runs."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(INDEX)
        mark = _mark(connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] != mark:
            connection.execute(f"PRAGMA user_version = {mark}")
            connection.commit()


def _mark(connection: sqlite3.Connection) -> int:
    """Return a number for the versions of MLflow and of the store's tables, and for what is added to them."""
    tables = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return zlib.crc32(f"{version('mlflow')} {tables} {INDEX}".encode()) >> 1  # SQLite keeps 32 bits with a sign


def _make_ready(file: Path, artifacts: str) -> None:
    """Create the SQLite store if it does not exist, in write-ahead mode, which lets readers work beside a writer."""
    if not file.exists() or (file.is_file() and not file.stat().st_size):  # never in place of a device or another file
        _make(file, artifacts)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # the file remembers this mode


def _make(file: Path, artifacts: str) -> None:
    """Create a SQLite store under a temporary name, and rename it when it is complete.

    A process that is killed during MLflow's migrations leaves a database that can never be opened again.
    """
    draft = file.with_name(f"{file.name}.new")
    for ending in TEMPORARY:
        draft.with_name(f"{draft.name}{ending}").unlink(missing_ok=True)
    make_tables(sqlite_uri(draft), artifacts).dispose()
    draft.replace(file)

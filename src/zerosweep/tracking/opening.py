"""The first opening of a database, which makes its tables: by one process at a time, and whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from zerosweep.tracking.location import lock_file, scheme
from zerosweep.tracking.sqlite import sqlite_file, sqlite_uri

LOCKS = {
    "postgresql": "SELECT pg_advisory_xact_lock(:key)",
    "mysql": "SELECT GET_LOCK(CONCAT('zerosweep-', DATABASE()), 600)",
    "mssql": "EXEC sp_getapplock @Resource='zerosweep', @LockMode='Exclusive', @LockOwner='Transaction'",
}
"""How a connection locks every other one out that asks for the same lock, until it ends."""

KEY = int.from_bytes(hashlib.sha256(b"zerosweep").digest()[:8], "big", signed=True)

CONNECT_SECONDS, LOCK_SECONDS = 10, 10
"""How long one attempt takes, to reach a server and to lock a file, before it is said that we wait."""

TEMPORARY = ("", "-journal", "-wal", "-shm")
"""Endings of a SQLite database and of what SQLite keeps beside it."""


@contextmanager
def made(uri: str, artifacts: str) -> Iterator[None]:
    """Make the tables if there are none, and keep other processes, on other machines too, from opening the database while the
    block lasts. artifacts: where MLflow's own first experiment keeps them.

    The lock is freed when its holder dies. A wrong password and a missing driver are errors at once: MLflow would try for
    minutes.
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
        _make_tables(uri, artifacts)
        yield


def _make_ready(file: Path, artifacts: str) -> None:
    """Make the SQLite store if there is none. Write-ahead logging lets readers and a writer work at the same time."""
    if not file.exists() or (file.is_file() and not file.stat().st_size):  # never in place of a device or another file
        _make(file, artifacts)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # which the file remembers


def _make(file: Path, artifacts: str) -> None:
    """Make a fresh SQLite store, under another name until it is whole: MLflow's migrations, killed half way, leave a database
    that can never be opened again."""
    draft = file.with_name(f"{file.name}.new")
    for ending in TEMPORARY:
        draft.with_name(f"{draft.name}{ending}").unlink(missing_ok=True)
    _make_tables(sqlite_uri(draft), artifacts).dispose()
    draft.replace(file)


def _make_tables(uri: str, artifacts: str) -> Any:
    """Make what is missing, as MLflow does on first use, and return the engine."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    return SqlAlchemyStore(uri, artifacts).engine  # type: ignore[no-untyped-call]

"""The first opening of a database, which makes its tables: by one process at a time, and whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock

from zerosweep.tracking.location import lock_file, scheme, sqlite_file

LOCKS = {
    "postgresql": "SELECT pg_advisory_xact_lock(:key)",
    "mysql": "SELECT GET_LOCK(CONCAT('zerosweep-', DATABASE()), 600)",
    "mssql": "EXEC sp_getapplock @Resource='zerosweep', @LockMode='Exclusive', @LockOwner='Transaction'",
}
"""How a connection locks every other one out that asks for the same lock, until it ends."""

KEY = int.from_bytes(hashlib.sha256(b"zerosweep").digest()[:8], "big", signed=True)

CONNECT_SECONDS = 10

TEMPORARY = ("", "-journal", "-wal", "-shm")
"""Endings of a SQLite database and of what SQLite keeps beside it."""


@contextmanager
def guarded(uri: str) -> Iterator[None]:
    """Keep other processes, on other machines too, from opening the database while the block lasts. A SQLite file is made first.

    The lock is freed when its holder dies. A wrong password and a missing driver are errors at once: MLflow would try for
    minutes.
    """
    if file := sqlite_file(uri):
        with FileLock(lock_file(file)):
            _make_ready(file)
            yield
        return
    from sqlalchemy import NullPool, create_engine, text

    kind = scheme(uri)
    limit = {} if kind == "mssql" else {"connect_timeout": CONNECT_SECONDS}
    with create_engine(uri, poolclass=NullPool, connect_args=limit).begin() as connection:
        connection.execute(text(LOCKS[kind]), {"key": KEY} if kind == "postgresql" else {})
        yield


def _make_ready(file: Path) -> None:
    """Make the SQLite store if there is none. Write-ahead logging lets readers and a writer work at the same time."""
    if not file.exists() or (file.is_file() and not file.stat().st_size):  # never in place of a device or another file
        _make(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # which the file remembers


def _make(file: Path) -> None:
    """Make a fresh SQLite store, under another name until it is whole: MLflow's migrations, killed half way, leave a database
    that can never be opened again."""
    from mlflow import MlflowClient

    draft = file.with_name(f"{file.name}.new")
    for ending in TEMPORARY:
        draft.with_name(f"{draft.name}{ending}").unlink(missing_ok=True)
    client = MlflowClient(f"sqlite:///{draft}")
    client.search_experiments(max_results=1)
    client._tracking_client.store.engine.dispose()
    draft.replace(file)

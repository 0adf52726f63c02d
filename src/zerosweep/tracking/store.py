"""The MLflow store: where it is, and how many processes may open it first at once."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from zerosweep import PROJECT
from zerosweep.errors import SettingError, UserError
from zerosweep.importing import for_good
from zerosweep.tracking.sqlite import sqlite_file as sqlite_file  # for importers of this module
from zerosweep.tracking.sqlite import sqlite_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient

PORTS = {"sqlite": 0, "postgresql": 5432, "mysql": 3306, "mssql": 1433, "http": 80, "https": 443, "databricks": 0}
"""What a store's URI may begin with, and the port behind it (0: none). MLflow 3 refuses a folder of files."""

CONNECT_SECONDS = 10.0

NOISY = ("mlflow", "alembic")
"""Loggers that tell of every migration of a fresh database."""


def store_uri(configured: str | None) -> str:
    """The store to use: as configured, else $MLFLOW_TRACKING_URI, else SQLite under the project's mlruns/.

    One that can be seen at once not to work is a `UserError` here, before anything is trained.
    """
    uri = configured or os.environ.get("MLFLOW_TRACKING_URI") or sqlite_uri(PROJECT / "mlruns" / "mlflow.db")
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]  # without a driver, as in postgresql+psycopg
    if scheme not in PORTS and uri != "databricks":
        name = "tracking.uri" if configured else "MLFLOW_TRACKING_URI"
        raise SettingError(name, uri, "must begin with sqlite:///, postgresql://, mysql://, http:// or https://")
    if file := sqlite_file(uri):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock_file(file).touch()
        except OSError as error:
            raise UserError(f"{uri}: cannot be written to ({error.strerror})") from None
    elif parts.hostname and (port := parts.port or PORTS[scheme]):
        try:
            socket.create_connection((parts.hostname, port), timeout=CONNECT_SECONDS).close()
        except OSError as error:
            raise UserError(f"{uri}: nothing answers there ({error})") from None
    return uri


def lock_file(database: Path) -> Path:
    """The lock that guards the opening of a SQLite store."""
    return database.with_name(f"{database.name}.lock")


def import_mlflow(deeply: bool = False) -> None:
    """MLflow, told to be quiet. The first import takes seconds. deeply: with all that a database needs later on."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # what one runs here is nobody's business
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # a wrong address fails in seconds, not in minutes
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # bars for files that are copied in no time
    with for_good():
        import mlflow  # noqa: F401

        if deeply:
            from mlflow.store.db import utils
            from mlflow.store.tracking import sqlalchemy_store  # noqa: F401
            from sqlalchemy.orm import configure_mappers

            configure_mappers()
            # The folder is there; MLflow would make another one, of the path as it is quoted in the URI.
            utils._make_parent_dirs_if_sqlite = lambda db_uri: None
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # it logs, with traceback, what it raises too


@cache
def open_store(uri: str) -> MlflowClient:
    """A client of the store, one a process. The first process to come creates the store; others wait meanwhile.

    Two processes that open a fresh database at once would both run its first migration and crash, hence the lock, which
    the kernel frees when its holder dies. Write-ahead logging lets readers and a writer of SQLite work at the same time.
    """
    file = sqlite_file(uri)
    import_mlflow(deeply=file is not None)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    if file is None:
        return MlflowClient(uri)
    try:
        with FileLock(lock_file(file)):
            if not file.exists() or not file.stat().st_size:
                _make(file)
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # which the file remembers
        client = MlflowClient(uri)
        client.search_experiments(max_results=1)  # the client connects on first use
        return client
    except (OSError, sqlite3.DatabaseError, SQLAlchemyError, MlflowException) as error:
        raise UserError(f"{uri}: cannot be opened ({str(error).splitlines()[0]})") from error


def _make(file: Path) -> None:
    """Make a fresh SQLite store, under another name until it is whole: MLflow's migrations, killed half way, leave a database
    that can never be opened again."""
    from mlflow import MlflowClient

    draft = file.with_name(f"{file.name}.new")
    for left_over in file.parent.glob(f"{draft.name}*"):
        left_over.unlink()
    client = MlflowClient(sqlite_uri(draft))
    client.search_experiments(max_results=1)
    client._tracking_client.store.engine.dispose()
    draft.replace(file)


def experiment_id(client: MlflowClient, uri: str, name: str) -> str:
    """The id of the experiment of this name, created if need be. Artifacts of a SQLite store lie in `artifacts/` beside it."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        file = sqlite_file(uri)
        location = (file.parent / "artifacts").as_uri() if file else None
        try:
            return client.create_experiment(name, artifact_location=location)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)  # another process was faster
            assert found is not None
    if found.lifecycle_stage != "active":
        raise SettingError(
            "tracking.experiment", name, "is deleted in this store; restore it there or choose another name"
        )
    return str(found.experiment_id)


@dataclass(frozen=True)
class Opened:
    """An experiment of an open store. uri: of the store; id: of the experiment."""

    uri: str
    client: MlflowClient
    id: str


def open_experiment(configured: str | None, name: str) -> Opened:
    """The experiment of this name, in the store that `store_uri` finds; either is made if need be."""
    uri = store_uri(configured)
    client = open_store(uri)
    return Opened(uri, client, experiment_id(client, uri, name))

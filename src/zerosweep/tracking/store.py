"""The MLflow store: where it is, and how many processes may open it first at once."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from zerosweep import PROJECT
from zerosweep.errors import SettingError, StoreAway, UserError
from zerosweep.importing import exempt_from_collection
from zerosweep.masking import masked
from zerosweep.tracking.location import SERVERS, host_and_port, located, lock_file, scheme
from zerosweep.tracking.opening import made
from zerosweep.tracking.patience import AWAY_SECONDS, PatientClient, first_contact, first_line, patiently
from zerosweep.tracking.sqlite import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["experiment_id", "lock_file", "open_experiment", "open_store", "sqlite_file", "store_uri"]

CONNECT_SECONDS = 10.0

DRIVERS = {
    "postgresql": "pip install -e '.[postgresql]', and postgresql:// without a driver",
    "mysql": "pip install pymysql, and mysql+pymysql://",
}

NOISY = {"mlflow": logging.WARNING, "alembic": logging.WARNING, "urllib3.connectionpool": logging.ERROR}
"""Loggers that tell of every migration of a fresh database, and of every repeated request; and what is worth reading."""


def store_uri(configured: str | None) -> str:
    """The store to use: as configured, else $MLFLOW_TRACKING_URI, else SQLite under the project's mlruns/.

    One that can be seen at once not to work is a `UserError` here, before anything is trained.
    """
    uri = located(configured)
    if file := sqlite_file(uri):
        artifacts = artifacts_beside(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock_file(file).touch()
            artifacts.mkdir(exist_ok=True)
        except FileExistsError:
            raise UserError(f"{uri}: cannot keep its artifacts, {artifacts} is no folder") from None
        except OSError as error:
            raise UserError(f"{uri}: cannot be written to ({error.strerror})") from None
    else:
        _reach(uri)
    return uri


def artifacts_beside(database: Path) -> Path:
    """The folder of a SQLite store's artifacts."""
    return database.parent / "artifacts"


@cache
def _reach(uri: str) -> None:
    """See once a process that something listens at a server's address. One that goes away later is waited for."""
    where = host_and_port(uri)
    if where is None:
        return
    connect = patiently(socket.create_connection, masked(uri), first_contact())
    try:
        connect(where, CONNECT_SECONDS).close()
    except (OSError, StoreAway) as error:
        raise UserError(
            f"{masked(uri)}: nothing answers there ({masked(first_line(error.__cause__ or error), uri)})"
        ) from None


def import_mlflow(deeply: bool = False) -> None:
    """MLflow, told to be quiet. The first import takes seconds. deeply: with all that a database needs later on."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # what one runs here is nobody's business
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # `PatientClient` waits, and says so
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # with the user and password of a server's URI in it
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # bars for files that are copied in no time
    with exempt_from_collection():
        import mlflow  # noqa: F401

        if deeply:
            from mlflow.store.db import utils
            from mlflow.store.tracking import sqlalchemy_store  # noqa: F401
            from sqlalchemy.orm import configure_mappers

            configure_mappers()
            # The folder is there; MLflow would make another one, of the path as it is quoted in the URI.
            utils._make_parent_dirs_if_sqlite = lambda db_uri: None
    for name, level in NOISY.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # it logs, with traceback, what it raises too


@cache
def open_store(uri: str) -> MlflowClient:
    """A client of the store, one a process, whose calls wait while the store is locked or away.

    The first process to come creates the store; others wait meanwhile: two that open a fresh database at once would both
    run its first migration and crash.
    """
    import_mlflow(deeply=scheme(uri) not in SERVERS)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    def opened() -> MlflowClient:
        artifacts = artifact_location(uri)
        if artifacts is None:
            return MlflowClient(uri)
        with made(uri, artifacts):
            client = MlflowClient(uri)
            client.search_experiments(max_results=1)  # the client may connect on first use only
        return client

    # A file that is locked was reached.
    seconds = first_contact() if sqlite_file(uri) is None else AWAY_SECONDS
    try:
        client = patiently(opened, masked(uri), seconds)()
    except (OSError, ValueError, ImportError, sqlite3.DatabaseError, SQLAlchemyError, MlflowException) as error:
        raise UserError(f"{masked(uri)}: cannot be opened ({masked(_why(scheme(uri), error), uri)})") from error
    return cast("MlflowClient", PatientClient(client, masked(uri)))


def _why(kind: str, error: Exception) -> str:
    """Return one line that says why a store cannot be opened."""
    if isinstance(error, ImportError):
        return f"its driver is missing: {error}; say {DRIVERS.get(kind, 'pip install it')}"
    if isinstance(error, UnicodeDecodeError):
        return "file is not a database"
    return first_line(error)


def experiment_id(client: MlflowClient, uri: str, name: str) -> str:
    """The id of the experiment of this name, created if need be."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return client.create_experiment(name, artifact_location=artifact_location(uri))
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


def artifact_location(uri: str) -> str | None:
    """Return where a new experiment keeps its artifacts, or None where an MLflow server decides.

    Of a SQLite file that is `artifacts/` beside it. A database server has no folder, and MLflow would take the working
    directory of whoever comes first: here it is $MLFLOW_DEFAULT_ARTIFACT_ROOT, as of `mlflow server`, else the project's
    mlruns/artifacts.
    """
    if scheme(uri) in SERVERS:
        return None
    file = sqlite_file(uri)
    if file is not None:
        return artifacts_beside(file).as_uri()
    root = os.environ.get("MLFLOW_DEFAULT_ARTIFACT_ROOT") or str(PROJECT / "mlruns" / "artifacts")
    return root if urlsplit(root).scheme else Path(root).absolute().as_uri()


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

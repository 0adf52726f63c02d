"""MLflow stores: finding, checking and opening them, safely for many processes at once."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from zerosweep.errors import SettingError, StoreAway, UserError
from zerosweep.importing import exempt_from_collection, is_own_process
from zerosweep.masking import masked
from zerosweep.places import home
from zerosweep.tracking.bulk import experiment_named, whole
from zerosweep.tracking.location import SERVERS, host_and_port, located, lock_file, scheme
from zerosweep.tracking.mlflow_private import engine_of, import_database_store
from zerosweep.tracking.opening import is_ready, mark_ready, prepared
from zerosweep.tracking.patience import AWAY_SECONDS, PatientClient, first_contact, first_line, patiently
from zerosweep.tracking.recorded import NOTE
from zerosweep.tracking.silence import set_environment, set_levels
from zerosweep.tracking.sqlite import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["experiment_id", "lock_file", "open_experiment", "open_store", "sqlite_file", "store_uri"]

ABOUT = """\
Runs of **zerosweep**: neural networks written from zero in NumPy, trained in sweeps and searches.

- **Names** tell what differs: in a sweep what varies, else what is not the default. `mnist adam lr=0.01 bn` is Adam at a
  learning rate of 0.01 with batch normalization on MNIST. The params have every setting with all digits.
- **The Views menu** has a view for each sweep: its runs, what varied, what came out, and the charts. Runs whose tag `role`
  is `summary` are the sweeps' reports (`report.html`); their metric is the best value.
- **The tag `verdict`** is `learned`, `slow`, `stuck`, `dying` or `diverged`; `health` describes the hidden units. A run
  that did not learn has the artifact `diagnosis.md` with what failed, where, when, and what to try.
- **To find runs**: ``tags.verdict = "stuck"``, ``params.bn = "true" and metrics.`val/accuracy` > 0.9``,
  ``dataset.name = "mnist"``.
- **To do a run again**: its description has the command. Equal settings, code and data give equal numbers.
"""
"""The description of an experiment, which MLflow shows above its runs."""

CONNECT_SECONDS = 10.0
"""Seconds that one attempt to reach a server may take."""

DRIVERS = {
    "postgresql": "pip install -e '.[postgresql]', and use postgresql:// without a driver",
    "mysql": "pip install pymysql, and use mysql+pymysql://",
}
"""How to install the driver of a database server, and how to name it in the URI, by scheme."""


def store_uri(configured: str | None) -> str:
    """Return the URI of the store to use, after checks that cost little, so that mistakes show before training.

    Args:
        configured: The value of `tracking.uri`. Without it, $MLFLOW_TRACKING_URI is used, else SQLite under mlruns/.

    Raises:
        UserError: The folder of the store cannot be written to, or its server does not answer.
    """
    uri = located(configured)
    if file := sqlite_file(uri):
        artifacts = artifacts_beside(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock_file(file).touch()
            artifacts.mkdir(exist_ok=True)
        except FileExistsError:
            raise UserError(f"{uri}: cannot save its artifacts, {artifacts} is not a folder") from None
        except OSError as error:
            raise UserError(f"{uri}: cannot be written to ({error.strerror})") from None
    else:
        _reach(uri)
    return uri


def artifacts_beside(database: Path) -> Path:
    """Return the folder for artifacts of a SQLite store."""
    return database.parent / "artifacts"


@cache
def _reach(uri: str) -> None:
    """Check, once in each process, that a server answers at the address of a store.

    Calls of `PatientClient` wait for a server that goes away later.
    """
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


_importing = threading.Lock()


def import_mlflow(deeply: bool = False) -> None:
    """Import MLflow, which takes seconds, and silence it, in somebody else's process as far as `silenced` is in force.

    Args:
        deeply: Also import all that MLflow needs to use a database.
    """
    if is_own_process():
        set_environment()
    with _importing, exempt_from_collection():  # MLflow breaks if two threads import it at once
        import mlflow  # noqa: F401

        if deeply:
            import_database_store()
    if is_own_process():
        set_levels()


@cache
def open_store(uri: str) -> MlflowClient:
    """Return this process's client of a store. Its calls wait while the store is locked or away.

    The first process creates the store while others wait. Two processes that opened a new database at once would both
    run its first migration and crash. A SQLite store that was opened before is opened when MLflow's client is first
    needed; until then it is read without MLflow.

    Raises:
        UserError: The store cannot be opened.
    """
    file = sqlite_file(uri)
    if file is not None and is_ready(file):
        return cast("MlflowClient", PatientClient(lambda: _opened(uri), masked(uri), lambda: _engine(uri)))
    client = _opened(uri)
    engine = None if scheme(uri) in SERVERS else lambda: engine_of(client)
    return cast("MlflowClient", PatientClient(lambda: client, masked(uri), engine))


def _engine(uri: str) -> Any:
    """Return an SQLAlchemy engine for reading a SQLite store, without MLflow."""
    from sqlalchemy import create_engine

    return create_engine(uri)


def _opened(uri: str) -> MlflowClient:
    """Return MLflow's own client of a store."""
    import_mlflow(deeply=scheme(uri) not in SERVERS)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    def opened() -> MlflowClient:
        artifacts = artifact_location(uri)
        if artifacts is None:
            return MlflowClient(uri)
        with prepared(uri, artifacts):
            client = MlflowClient(uri)
            client.search_experiments(max_results=1)  # the client may connect only on first use
            if file := sqlite_file(uri):
                mark_ready(file)
        return client

    # A file that is locked exists, so its address is right and waiting is worthwhile.
    seconds = first_contact() if sqlite_file(uri) is None else AWAY_SECONDS
    try:
        return patiently(opened, masked(uri), seconds)()
    except (OSError, ValueError, ImportError, sqlite3.DatabaseError, SQLAlchemyError, MlflowException) as error:
        raise UserError(f"{masked(uri)}: cannot be opened ({masked(_why(scheme(uri), error), uri)})") from error


def _why(kind: str, error: Exception) -> str:
    """Return one line with the reason why a store cannot be opened.

    Args:
        kind: The scheme of the store's URI.
        error: The error that was raised.
    """
    if isinstance(error, ImportError):
        return f"its driver is missing: {error}; run {DRIVERS.get(kind, 'pip install for it')}"
    if isinstance(error, UnicodeDecodeError):
        return "file is not a database"
    return first_line(error)


def experiment_id(client: MlflowClient, uri: str, name: str) -> str:
    """Return the id of the experiment of this name, which is created if it does not exist.

    Raises:
        SettingError: The experiment is deleted.
    """
    found = experiment_named(client, name)
    if found is None:
        whole(client)
        from mlflow.exceptions import MlflowException

        try:
            about = {NOTE: ABOUT}
            return client.create_experiment(name, artifact_location=artifact_location(uri), tags=about)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = experiment_named(client, name)  # another process was faster
            assert found is not None
    identifier, stage = found
    if stage != "active":
        raise SettingError(
            "tracking.experiment", name, "is deleted in this store; restore it there or choose another name"
        )
    return identifier


def artifact_location(uri: str) -> str | None:
    """Return the URI of the folder for artifacts of new experiments, or None where an MLflow server decides.

    For a SQLite store it is `artifacts/` beside the file. For a database server it is $MLFLOW_DEFAULT_ARTIFACT_ROOT, as
    for `mlflow server`, else the project's mlruns/artifacts. MLflow itself would take the working directory of the
    first process.
    """
    if scheme(uri) in SERVERS:
        return None
    file = sqlite_file(uri)
    if file is not None:
        return artifacts_beside(file).as_uri()
    root = os.environ.get("MLFLOW_DEFAULT_ARTIFACT_ROOT") or str(home() / "mlruns" / "artifacts")
    return root if urlsplit(root).scheme else Path(root).absolute().as_uri()


@dataclass(frozen=True)
class Opened:
    """Experiment in an open store.

    Attributes:
        uri: The URI of the store.
        client: A client of the store.
        id: The id of the experiment.
    """

    uri: str
    client: MlflowClient
    id: str


def open_experiment(configured: str | None, name: str) -> Opened:
    """Open an experiment in the store that `store_uri` finds. Both are created if they do not exist.

    Args:
        configured: The value of `tracking.uri`.
        name: The name of the experiment.
    """
    uri = store_uri(configured)
    client = open_store(uri)
    return Opened(uri, client, experiment_id(client, uri, name))

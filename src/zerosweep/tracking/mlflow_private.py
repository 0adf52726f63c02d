"""The private parts of MLflow that the project needs, each behind one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHECKED_WITH = "3.17.2"
"""Version of MLflow that these functions were checked with."""

LOGGER = "mlflow.store.db.utils"
"""Name of the logger that reports, with a traceback, errors of a database that MLflow raises too."""


def import_database_store() -> None:
    """Import all that MLflow needs to use a database, which it would import on first use."""
    from mlflow.store.db import utils
    from mlflow.store.tracking import sqlalchemy_store  # noqa: F401
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    # The folder exists already; MLflow would make a second one, named like the path as it is quoted in the URI.
    utils._make_parent_dirs_if_sqlite = lambda db_uri: None


def make_tables(uri: str, artifacts: str) -> Any:
    """Create the tables that a database lacks, as MLflow does on first use.

    Args:
        uri: The URI of the database.
        artifacts: The URI of the folder for artifacts of MLflow's default experiment.

    Returns:
        The SQLAlchemy engine of the database.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    return SqlAlchemyStore(uri, artifacts).engine  # type: ignore[no-untyped-call]


def start_monitor(uri: str, run_id: str) -> Any:
    """Start the thread with which `mlflow.start_run` records system metrics of a run; `finish()` of it ends it."""
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    monitor = SystemMetricsMonitor(run_id, tracking_uri=uri)  # type: ignore[no-untyped-call]
    monitor.start()  # type: ignore[no-untyped-call]
    return monitor


def engine_of(client: MlflowClient) -> Any:
    """Return the SQLAlchemy engine of a client whose store is a database."""
    return client._tracking_client.store.engine

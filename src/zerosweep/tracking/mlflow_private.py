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
    """Return the SQLAlchemy engine of MLflow's own client whose store is a database."""
    return client._tracking_client.store.engine


def history_of_many(client: MlflowClient, run_ids: list[str], metric: str) -> tuple[list[Any], bool]:
    """Return a metric's history in several runs of a server, and whether it is complete.

    Args:
        client: A client of a server.
        run_ids: The ids of at most `RUNS_PER_REQUEST` runs.
        metric: The name of the metric.

    Returns:
        A dictionary for each recorded value, with run_id, step, timestamp and value; at most `VALUES_PER_RESPONSE`.
    """
    from mlflow.utils.rest_utils import http_request, verify_rest_response

    credentials, path = client._tracking_client.store.get_host_creds(), "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    asked = {"run_id": run_ids, "metric_key": metric, "max_results": VALUES_PER_RESPONSE}
    response = verify_rest_response(http_request(credentials, path, "GET", params=asked), path)  # type: ignore[no-untyped-call]
    found = response.json()["metrics"]
    return found, len(found) < VALUES_PER_RESPONSE


def quick_tags(client: MlflowClient, experiment: str, seconds: float) -> dict[str, str]:
    """Return the tags of an experiment. A server must answer within these seconds; nothing is repeated.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
        seconds: The time limit.
    """
    if not hasattr(client._tracking_client.store, "get_host_creds"):
        return dict(client.get_experiment(experiment).tags)
    found = _quickly(client, "get", seconds, params={"experiment_id": experiment})["experiment"]
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}


def quick_tag(client: MlflowClient, experiment: str, name: str, value: str, seconds: float) -> None:
    """Set a tag of an experiment. A server must answer within these seconds; nothing is repeated.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
        name: The name of the tag.
        value: The value of the tag.
        seconds: The time limit.
    """
    if hasattr(client._tracking_client.store, "get_host_creds"):
        tag = {"experiment_id": experiment, "key": name, "value": value}
        _quickly(client, "set-experiment-tag", seconds, json=tag)
    else:
        client.set_experiment_tag(experiment, name, value)


def _quickly(client: MlflowClient, call: str, seconds: float, **content: Any) -> Any:
    from mlflow.utils.rest_utils import http_request, verify_rest_response

    path, method = f"/api/2.0/mlflow/experiments/{call}", "POST" if "json" in content else "GET"
    credentials = client._tracking_client.store.get_host_creds()
    response = http_request(credentials, path, method, max_retries=0, timeout=seconds, **content)  # type: ignore[no-untyped-call]
    return verify_rest_response(response, path).json()


RUNS_PER_REQUEST, VALUES_PER_RESPONSE = 100, 25_000
"""Limits of MLflow's server for the history of a metric in several runs."""


def selected_runs(client: MlflowClient, experiments: list[str], query: str, most: int | None = None) -> Any:
    """Return an SQL statement for the runs that a filter finds in a database, the latest first, as MLflow finds them.

    Its columns are those of the table `runs`. MLflow itself loads with each run all of its params, metrics and tags as
    objects, which takes 3 ms a run.

    Args:
        client: A client whose store is a database.
        experiments: The ids of the experiments to search.
        query: A filter in MLflow's syntax; "" finds all runs.
        most: The largest number of runs; None for all.

    Raises:
        MlflowException: MLflow cannot read the filter.
    """
    from mlflow.store.tracking import sqlalchemy_store as mlflow
    from mlflow.store.tracking.dbmodels.models import SqlRun
    from mlflow.utils.search_utils import SearchUtils
    from sqlalchemy import select

    store: Any = client._tracking_client.store
    columns = (SqlRun.run_uuid, SqlRun.experiment_id, SqlRun.name, SqlRun.status, SqlRun.start_time, SqlRun.end_time)
    with store.ManagedSessionMaker() as session:
        conditions = SearchUtils.parse_search_filter(query)  # type: ignore[no-untyped-call]
        clauses: Any = mlflow._get_sqlalchemy_filter_clauses
        of_runs, joins, datasets = clauses(conditions, session, store._get_dialect())
        statement: Any = select(*columns)
        for join in joins:
            statement = statement.join(join)
        for dataset in datasets:
            statement = statement.join(dataset, SqlRun.run_uuid == dataset.c.destination_id)
        wanted = [SqlRun.experiment_id.in_(map(int, experiments)), SqlRun.lifecycle_stage == "active", *of_runs]
        return statement.distinct().where(*wanted).order_by(SqlRun.start_time.desc(), SqlRun.run_uuid).limit(most)

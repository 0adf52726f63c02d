"""Many runs at once from a database: a query for the runs, and one each for their params, metrics and tags.

MLflow makes an object of every single value, a hundred for each run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.errors import UserError
from zerosweep.tracking.location import SERVERS, scheme
from zerosweep.tracking.mlflow_private import engine_of, selected_runs
from zerosweep.tracking.record import Recorded, find

if TYPE_CHECKING:
    from mlflow import MlflowClient

IDS_PER_QUERY = 10_000
"""Largest number of ids in one query: SQLite accepts 32,766 parameters, PostgreSQL 65,535."""

TABLES = {
    "params": "value",
    "latest_metrics": "CASE WHEN is_nan THEN NULL ELSE value END",  # other programs may have recorded NaN
    "tags": "value",
}
"""The tables with the values of a run by key, and the value as SQL."""


def find_many(client: MlflowClient, uri: str, experiments: Sequence[str], query: str = "") -> list[Recorded]:
    """Return the runs that a filter finds, the latest first, as `find` does, and faster where there are hundreds.

    Args:
        client: A client of the store.
        uri: The URI of the store.
        experiments: The ids of the experiments to search.
        query: A filter in MLflow's syntax; "" finds all runs.

    Raises:
        UserError: MLflow cannot read the filter.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy import bindparam, text

    if scheme(uri) in SERVERS:
        return find(client, experiments, query)
    try:
        statement = selected_runs(client, list(experiments), query)
    except MlflowException as error:
        raise UserError(f"{query}: {str(error).splitlines()[0]}") from None
    with engine_of(client).connect() as connection:
        rows = connection.execute(statement).all()
        values: dict[str, dict[str, dict[str, Any]]] = {table: {row.run_uuid: {} for row in rows} for table in TABLES}
        for table, by_run in values.items():
            asked = text(f"SELECT run_uuid, key, {TABLES[table]} FROM {table} WHERE run_uuid IN :ids")
            for i in range(0, len(rows), IDS_PER_QUERY):
                ids = [row.run_uuid for row in rows[i : i + IDS_PER_QUERY]]
                found = connection.execute(asked.bindparams(bindparam("ids", expanding=True)), {"ids": ids})
                for run_id, key, value in found:
                    by_run[run_id][key] = value
    return [_recorded(row, *(values[table][row.run_uuid] for table in TABLES)) for row in rows]


def _recorded(row: Any, params: dict[str, str], metrics: dict[str, float | None], tags: dict[str, str]) -> Recorded:
    return Recorded(
        run_id=row.run_uuid,
        experiment_id=str(row.experiment_id),
        name=row.name,
        status=row.status,
        started=row.start_time / 1000,
        seconds=row.end_time / 1000 - row.start_time / 1000 if row.end_time else None,
        params=params,
        metrics={name: math.nan if value is None else value for name, value in metrics.items()},
        tags={name: value for name, value in tags.items() if not name.startswith("mlflow.")},
    )

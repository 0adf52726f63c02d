"""Many runs at once from a database: a query for the runs, and one each for their params, metrics and tags.

MLflow makes an object of every single value, a hundred for each run, which takes 3 ms a run.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zerosweep.masking import masked
from zerosweep.tracking.mlflow_private import engine_of
from zerosweep.tracking.patience import patiently
from zerosweep.tracking.recorded import Recorded

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

Keys = Mapping[str, Collection[str]]
"""The keys that are read of each of `TABLES`; a table that is not in it is read whole."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


def load(
    client: MlflowClient, statement: Any, parameters: Mapping[str, Any] = NOTHING, keys: Keys = NOTHING
) -> list[Recorded]:
    """Return the runs that a statement selects, in its order.

    Args:
        client: A client whose store is a database.
        statement: An SQL statement with the columns run_uuid, experiment_id, name, status, start_time and end_time.
        parameters: The parameters of the statement.
        keys: The params, metrics and tags to read; the others are missing from the runs.
    """
    uri = engine_of(client).url.render_as_string(hide_password=True)
    return patiently(_load, masked(uri))(client, statement, parameters, keys)


def _load(client: MlflowClient, statement: Any, parameters: Mapping[str, Any], keys: Keys) -> list[Recorded]:
    from sqlalchemy import bindparam, text

    with engine_of(client).connect() as connection:
        rows = connection.execute(statement, parameters).all()
        values: dict[str, dict[str, dict[str, Any]]] = {table: {row.run_uuid: {} for row in rows} for table in TABLES}
        for table, by_run in values.items():
            asked, lists = f"SELECT run_uuid, key, {TABLES[table]} FROM {table} WHERE run_uuid IN :ids", ["ids"]
            if table in keys:
                asked, lists = f"{asked} AND key IN :keys", ["ids", "keys"]
            query = text(asked).bindparams(*(bindparam(name, expanding=True) for name in lists))
            for i in range(0, len(rows), IDS_PER_QUERY):
                ids = [row.run_uuid for row in rows[i : i + IDS_PER_QUERY]]
                given = {"ids": ids, "keys": [*keys.get(table, ())]}
                for run_id, key, value in connection.execute(query, {name: given[name] for name in lists}):
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

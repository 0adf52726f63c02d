"""Many runs at once from a database: a query for the runs, and one each for their params, metrics and tags.

MLflow makes an object of every single value, a hundred for each run, which takes 3 ms a run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zerosweep.masking import masked
from zerosweep.tracking.patience import PatientClient, patiently
from zerosweep.tracking.recorded import Recorded

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sqlalchemy import Connection

T = TypeVar("T")

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


RUNS = "SELECT run_uuid, experiment_id, name, status, start_time, end_time FROM runs"
ORDER = "ORDER BY start_time DESC, run_uuid"

EQUATION = re.compile(r"(attributes\.status|tags\.(?P<tag>\w+)) = '(?P<value>[^'\\]*)'")
"""A condition of a filter that is read without MLflow."""

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
    return reading(client, lambda connection: _load(connection, statement, parameters, keys))


def is_database(client: MlflowClient) -> bool:
    """Return whether the store of a client is a database, which this process reads and writes itself."""
    return isinstance(client, PatientClient) and client.is_database


def reading(client: MlflowClient, read: Callable[[Connection], T]) -> T:
    """Return what `read` returns for a connection to a client's database. It waits while the database is locked or away.

    Args:
        client: A client whose store is a database.
        read: Reads from a connection. It is called again after a failure.
    """
    engine = cast("PatientClient", client).engine

    def connected() -> T:
        with engine.connect() as connection:
            return read(connection)

    return patiently(connected, address(client))()


def address(client: MlflowClient) -> str:
    """Return the address of a client's database for messages, without secrets."""
    return masked(cast("PatientClient", client).engine.url.render_as_string(hide_password=True))


def whole(client: MlflowClient) -> MlflowClient:
    """Return MLflow's own client, and import MLflow with it: code that imports MLflow's classes calls this first."""
    found: MlflowClient = client.client if isinstance(client, PatientClient) else client
    return found


def rows(client: MlflowClient, query: str, **given: Any) -> list[Any]:
    """Return the rows that a query of a database selects.

    Args:
        client: A client whose store is a database.
        query: The query in SQL.
        given: Its parameters.
    """
    from sqlalchemy import text

    return reading(client, lambda connection: list(connection.execute(text(query), given)))


def tag_runs(client: MlflowClient, run_ids: Sequence[str], name: str, value: str) -> bool:
    """Give runs of a database a tag that none of them has, in one transaction.

    Args:
        client: A client whose store is a database.
        run_ids: The ids of the runs.
        name: The name of the tag.
        value: Its value.

    Returns:
        Whether they have it now; False, and no run is changed, where another process has tagged one of them meanwhile.
    """
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    statement = text("INSERT INTO tags (run_uuid, key, value) VALUES (:run_id, :name, :value)")
    given = [{"run_id": run_id, "name": name, "value": value} for run_id in run_ids]

    def tag() -> None:
        with cast("PatientClient", client).engine.begin() as connection:
            connection.execute(statement, given)

    try:
        patiently(tag, address(client))()
    except IntegrityError:
        return False
    return True


def experiment_named(client: MlflowClient, name: str) -> tuple[str, str] | None:
    """Return (id, lifecycle stage) of the experiment of this name; None if there is none."""
    if not is_database(client):
        found = client.get_experiment_by_name(name)
        return None if found is None else (str(found.experiment_id), found.lifecycle_stage)
    selected = rows(client, "SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = :name", name=name)
    return (str(selected[0].experiment_id), selected[0].lifecycle_stage) if selected else None


def with_ids(client: MlflowClient, experiments: Sequence[str], run_ids: Sequence[str]) -> Iterator[Recorded]:
    """Yield the runs with these ids in some experiments of a database, in any order, without the deleted ones."""
    from sqlalchemy import bindparam, text

    conditions = "WHERE lifecycle_stage = 'active' AND experiment_id IN :experiments AND run_uuid IN :ids"
    names = ("experiments", "ids")
    statement = text(f"{RUNS} {conditions}").bindparams(*(bindparam(name, expanding=True) for name in names))
    for i in range(0, len(run_ids), IDS_PER_QUERY):
        yield from load(
            client, statement, {"experiments": [*map(int, experiments)], "ids": run_ids[i : i + IDS_PER_QUERY]}
        )


def simple(query: str, experiments: Sequence[str], most: int | None) -> tuple[Any, dict[str, Any]] | None:
    """Return an SQL statement and its parameters for the filters that every command needs; None for any other filter.

    They are an equation of `attributes.status` or of a tag, or several joined by "and".

    Args:
        query: A filter in MLflow's syntax.
        experiments: The ids of the experiments to search.
        most: The largest number of runs; None for all.
    """
    from sqlalchemy import bindparam, text

    given: dict[str, Any] = {"experiments": [int(experiment) for experiment in experiments]}
    conditions = ["lifecycle_stage = 'active'", "experiment_id IN :experiments"]
    for i, part in enumerate(query.split(" and ")):
        found = EQUATION.fullmatch(part)
        if found is None:
            return None
        given[f"value{i}"] = found["value"]
        if found["tag"] is None:
            conditions.append(f"status = :value{i}")
        else:
            given[f"tag{i}"] = found["tag"]
            conditions.append(f"run_uuid IN (SELECT run_uuid FROM tags WHERE key = :tag{i} AND value = :value{i})")
    limit = "" if most is None else f" LIMIT {int(most)}"
    statement = text(f"{RUNS} WHERE {' AND '.join(conditions)} {ORDER}{limit}")
    return statement.bindparams(bindparam("experiments", expanding=True)), given


def _load(connection: Connection, statement: Any, parameters: Mapping[str, Any], keys: Keys) -> list[Recorded]:
    from sqlalchemy import bindparam, text

    rows = connection.execute(statement, parameters).all()
    values: dict[str, dict[str, dict[str, Any]]] = {table: {row.run_uuid: {} for row in rows} for table in TABLES}
    for table, by_run in values.items():
        if table in keys and not keys[table]:
            continue  # SQLAlchemy gives an empty list as integers, which PostgreSQL does not compare with text
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

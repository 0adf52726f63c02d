"""Curves of many runs at once: one query to a database, or one request to a server for each hundred runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from zerosweep.tracking.bulk import IDS_PER_QUERY, reading
from zerosweep.tracking.location import SERVERS, scheme
from zerosweep.tracking.mlflow_private import RUNS_PER_REQUEST, history_of_many
from zerosweep.tracking.record import curve

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sqlalchemy import Connection

Point = tuple[str, str, int, float]
"""The id of a run, a metric, a step, and the metric's value there."""

QUERY = """
SELECT run_uuid, key, step, value FROM metrics WHERE run_uuid IN :runs AND key IN :metrics AND is_nan = :nan
ORDER BY run_uuid, key, step, timestamp
"""


def curves_of(client: MlflowClient, uri: str, run_ids: Sequence[str], metrics: Sequence[str]) -> list[Point]:
    """Return every recorded value of some metrics of some runs, in the order of the runs, the metrics and the steps.

    Args:
        client: A client of the store.
        uri: The URI of the store.
        run_ids: The ids of the runs.
        metrics: The names of the metrics. A run that lacks one has no values of it.
    """
    read = _from_server if scheme(uri) in SERVERS else _from_database
    runs, names = ({name: place for place, name in enumerate(given)} for given in (run_ids, metrics))
    points = list(read(client, [*runs], [*names])) if runs and names else []
    points.sort(key=lambda point: (runs[point[0]], names[point[1]]))  # stable: the steps stay in order
    return points


def _from_database(client: MlflowClient, run_ids: Sequence[str], metrics: Sequence[str]) -> Iterator[Point]:
    from sqlalchemy import bindparam, text

    query = text(QUERY).bindparams(bindparam("runs", expanding=True), bindparam("metrics", expanding=True))
    for i in range(0, len(run_ids), IDS_PER_QUERY):
        asked = {"runs": run_ids[i : i + IDS_PER_QUERY], "metrics": metrics, "nan": False}
        yield from map(tuple, reading(client, partial(_points, query, asked)))


def _points(query: Any, asked: Mapping[str, Any], connection: Connection) -> list[Any]:
    return list(connection.execute(query, asked))


def _from_server(client: MlflowClient, run_ids: Sequence[str], metrics: Sequence[str]) -> Iterator[Point]:
    for metric in metrics:
        for i in range(0, len(run_ids), RUNS_PER_REQUEST):
            yield from _one_metric(client, list(run_ids[i : i + RUNS_PER_REQUEST]), metric)


def _one_metric(client: MlflowClient, run_ids: list[str], metric: str) -> Iterator[Point]:
    """Yield a metric of at most `RUNS_PER_REQUEST` runs. Half of the runs are asked for where a response is cut."""
    found, complete = history_of_many(client, run_ids, metric)
    if complete:
        found.sort(key=lambda one: (one["step"], one["timestamp"]))
        for one in found:
            yield one["run_id"], metric, int(one["step"]), float(one["value"])
    elif len(run_ids) > 1:
        half = len(run_ids) // 2
        yield from _one_metric(client, run_ids[:half], metric)
        yield from _one_metric(client, run_ids[half:], metric)
    else:
        for step, value in zip(*curve(client, run_ids[0], metric), strict=True):
            yield run_ids[0], metric, step, value

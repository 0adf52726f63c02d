"""Recorded runs of given identities: one query of a database for all runs of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zerosweep.tracking.bulk import IDS_PER_QUERY, NOTHING, Keys, is_database, load
from zerosweep.tracking.record import find
from zerosweep.tracking.recorded import Recorded

if TYPE_CHECKING:
    from mlflow import MlflowClient

Ids = tuple[str, str, str]
"""The config_id, code_id and data_id of a run."""

NAMES = ("config_id", "code_id", "data_id")
"""The tags with the ids."""

INDEX = "CREATE INDEX IF NOT EXISTS zerosweep_config_id ON tags (value, run_uuid) WHERE key = 'config_id'"
"""Index of the store's runs by their config_id, without which each query reads that tag of all runs."""

QUERY = """
SELECT runs.run_uuid, runs.experiment_id, runs.name, runs.status, runs.start_time, runs.end_time
FROM tags JOIN runs ON runs.run_uuid = tags.run_uuid
WHERE tags.key = 'config_id' AND tags.value IN :values
AND runs.experiment_id = :experiment AND runs.lifecycle_stage = 'active'
ORDER BY runs.start_time DESC, runs.run_uuid
"""

ASKED_SINGLY = 50
"""Largest number of identities for which a tracking server is asked one by one. For more, all runs of their code and
data are read, since MLflow's filters have no IN for tags."""


def equal_to(
    client: MlflowClient, experiment: str, wanted: Sequence[Ids], keys: Keys = NOTHING
) -> dict[Ids, list[Recorded]]:
    """Return the runs of an experiment with each of these identities, the latest first; [] where there is none.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
        wanted: The identities.
        keys: The params, metrics and tags to read from a database; by default all.
    """
    found: dict[Ids, list[Recorded]] = {ids: [] for ids in wanted}
    read = _from_database if is_database(client) else _from_server
    for run in read(client, experiment, [*found], keys):
        ids = (run.tags.get("config_id", ""), run.tags.get("code_id", ""), run.tags.get("data_id", ""))
        if run.tags.get("role") == "run" and ids in found:
            found[ids].append(run)
    return found


def _from_database(client: MlflowClient, experiment: str, wanted: Sequence[Ids], keys: Keys) -> list[Recorded]:
    from sqlalchemy import bindparam, text

    query, values = text(QUERY).bindparams(bindparam("values", expanding=True)), [*{config for config, _, _ in wanted}]
    if "tags" in keys:
        keys = {**keys, "tags": {*keys["tags"], *NAMES, "role"}}
    found: list[Recorded] = []
    for i in range(0, len(values), IDS_PER_QUERY):
        given = {"values": values[i : i + IDS_PER_QUERY], "experiment": int(experiment)}
        found += load(client, query, given, keys)
    return found


def _from_server(client: MlflowClient, experiment: str, wanted: Sequence[Ids], _: Keys) -> list[Recorded]:
    if len(wanted) <= ASKED_SINGLY:
        filters = [dict(zip(NAMES, ids, strict=True)) for ids in wanted]
    else:
        filters = [dict(zip(NAMES[1:], rest, strict=True)) for rest in dict.fromkeys(ids[1:] for ids in wanted)]
    return [run for tags in filters for run in find(client, [experiment], _query(tags))]


def _query(tags: Mapping[str, str]) -> str:
    return " and ".join(f"tags.{name} = '{value}'" for name, value in [*tags.items(), ("role", "run")])

"""What a store holds, read from its tables: an oracle that shares no code with the project."""

from __future__ import annotations

import sqlite3
import struct
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from tests.chaos.scenarios import VARIED, Key

IGNORED_PARAMS = ("tracking.", "report.", "diagnose.", "objective.")
"""How settings begin that say nothing of a run's numbers."""

IGNORED_METRICS = ("time/",)

Curve = tuple[tuple[int, str], ...]
"""(step, value), in the order of the steps; a value is its eight bytes in hexadecimal."""


@dataclass(frozen=True)
class Picture:
    """One run. weights: a digest of the names and bytes of its arrays, "" where it has none. params, metrics: those that an
    undisturbed run must share."""

    run_id: str
    name: str
    status: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, Curve]
    weights: str
    artifacts: Path

    @property
    def role(self) -> str:
        return self.tags.get("role", "run")

    @property
    def key(self) -> Key:
        return tuple(self.params.get(name, "") for name in VARIED)

    def __str__(self) -> str:
        return f"{self.run_id[:8]} ({self.name})"


def portray(store: Path, experiment: str = "zerosweep") -> list[Picture]:
    """The runs of the experiment that are not deleted."""
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        rows = connection.execute(
            "SELECT run_uuid, runs.name, status FROM runs JOIN experiments USING (experiment_id) "
            "WHERE experiments.name = ? AND runs.lifecycle_stage = 'active' ORDER BY start_time",
            [experiment],
        ).fetchall()
        tags, params = (_pairs(connection, table) for table in ("tags", "params"))
        metrics = _metrics(connection)
    return [
        Picture(
            run_id, name, status, tags[run_id],
            {name: value for name, value in params[run_id].items() if not name.startswith(IGNORED_PARAMS)},
            {name: tuple(sorted(curve)) for name, curve in metrics[run_id].items()},
            _digest(artifacts := _artifacts(store, run_id)),
            artifacts,
        )
        for run_id, name, status in rows
    ]  # fmt: skip


def _artifacts(store: Path, run_id: str) -> Path:
    """The folder of a run's files; a server puts a folder for each experiment above those of the runs."""
    beside = store.parent / "artifacts"
    return next(iter(beside.glob(f"*/{run_id}/artifacts")), beside / run_id / "artifacts")


def _pairs(connection: sqlite3.Connection, table: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for run_id, name, value in connection.execute(f"SELECT run_uuid, key, value FROM {table}"):
        found[run_id][name] = value
    return found


def _metrics(connection: sqlite3.Connection) -> dict[str, dict[str, list[tuple[int, str]]]]:
    found: dict[str, dict[str, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
    for run_id, name, step, value in connection.execute("SELECT run_uuid, key, step, value FROM metrics"):
        if not name.startswith(IGNORED_METRICS):
            found[run_id][name].append((step, struct.pack(">d", value).hex()))
    return found


def _digest(artifacts: Path) -> str:
    """A digest of the weights; of the arrays, since the archive around them has the time of day in it."""
    if not (file := artifacts / "weights.npz").is_file():
        return ""
    digest = sha256()
    with np.load(file) as archive:
        for name in sorted(archive.files):
            digest.update(f"{name} {archive[name].dtype} {archive[name].shape}".encode() + archive[name].tobytes())
    return digest.hexdigest()

"""The content of a store, read from its tables: an oracle that shares no code with the project."""

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
"""Prefixes of the settings that do not change a run's numbers."""

IGNORED_METRICS = ("time/",)
"""Prefixes of the metrics that a clock measures."""

Curve = tuple[tuple[int, str], ...]
"""(step, value) pairs in the order of the steps. A value is given as its eight bytes in hexadecimal."""


@dataclass(frozen=True)
class Picture:
    """One recorded run.

    Attributes:
        run_id: Its id.
        name: Its name.
        status: RUNNING, FINISHED, FAILED or KILLED.
        tags: Its tags.
        params: The settings that change its numbers; the undisturbed run must have the same.
        metrics: The curves of the metrics that no clock measures; the undisturbed run must have the same.
        weights: A digest of the names and bytes of its weights; "" if it has none.
        artifacts: The folder of its artifacts.
    """

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
    """Return the runs of the experiment that are not deleted, in the order of their start."""
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
    """Return the folder of a run's artifacts. A tracking server puts it into a folder of the run's experiment."""
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
    """Return a digest of the arrays in weights.npz; "" without it. The bytes of the archive itself contain the time."""
    if not (file := artifacts / "weights.npz").is_file():
        return ""
    digest = sha256()
    with np.load(file) as archive:
        for name in sorted(archive.files):
            digest.update(f"{name} {archive[name].dtype} {archive[name].shape}".encode() + archive[name].tobytes())
    return digest.hexdigest()

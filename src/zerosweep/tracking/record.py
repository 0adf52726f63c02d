"""Recorded runs: finding them, and reading their curves and artifacts."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from zerosweep.errors import SettingError, UserError
from zerosweep.masking import masked, without_user

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 1000
"""Largest number of runs in one answer of the store."""

IDS_PER_QUERY = 200
"""Largest number of ids in one filter."""

STEPS_PER_EPOCH = "steps_per_epoch"
"""Tag of a run of a network: the number of mini-batches that cover the training rows once."""

UI = "http://127.0.0.1:5000"
"""Address at which `make ui` shows a store that is a file or a database."""


@dataclass(frozen=True)
class Recorded:
    """A run in the store.

    Attributes:
        run_id: The id of the run.
        experiment_id: The id of its experiment.
        name: Its name, as in "adam bn".
        status: RUNNING, FINISHED, FAILED or KILLED.
        started: Start time, in seconds since the epoch.
        seconds: Duration; None while the run is RUNNING.
        params: Values as text, by setting (`optimizer.lr`) or config group (`optimizer`).
        metrics: The last value of each metric.
        tags: Tags without those of MLflow itself.
    """

    run_id: str
    experiment_id: str
    name: str
    status: str
    started: float
    seconds: float | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def verdict(self) -> str:
        """learned, slow, stuck, dying or diverged; "" for a run without a verdict, as one that failed."""
        return self.tags.get("verdict", "")

    @property
    def per_epoch(self) -> int | None:
        """Number of steps in an epoch; None for a run without epochs, and for one that did not record it."""
        found = self.tags.get(STEPS_PER_EPOCH, "")
        return int(found) if found.isdecimal() and int(found) else None


def find(client: MlflowClient, experiments: Sequence[str], query: str = "", most: int | None = None) -> list[Recorded]:
    """Return the runs that a filter finds, the latest first.

    Args:
        client: A client of the store.
        experiments: The ids of the experiments to search.
        query: A filter in MLflow's syntax; "" finds all runs.
        most: The largest number of runs to return; None for all.

    Raises:
        UserError: MLflow cannot read the filter.
    """
    from mlflow.exceptions import MlflowException

    found: list[Recorded] = []
    token = None
    for _ in count():
        size = PAGE if most is None else min(PAGE, most - len(found))
        try:
            page = client.search_runs(list(experiments), query, max_results=size, page_token=token)
        except MlflowException as error:
            if error.error_code != "INVALID_PARAMETER_VALUE":
                raise
            raise UserError(f"{query}: {str(error).splitlines()[0]}") from None
        found.extend(map(_recorded, page))
        token = page.token
        if not token or len(found) == most:
            break
    return found


def _recorded(run: Run) -> Recorded:
    started, ended = run.info.start_time / 1000, run.info.end_time and run.info.end_time / 1000
    return Recorded(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        name=run.info.run_name,
        status=run.info.status,
        started=started,
        seconds=ended - started if ended else None,
        params=run.data.params,
        metrics=run.data.metrics,
        tags={name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")},
    )


def curve(client: MlflowClient, run_id: str, metric: str) -> tuple[list[int], list[float]]:
    """Return (steps, values) of a metric, sorted by step. Both are empty if the run does not have the metric."""
    points = sorted((point.step, point.timestamp, point.value) for point in client.get_metric_history(run_id, metric))
    return [step for step, _, _ in points], [value for _, _, value in points]


def files(client: MlflowClient, run_id: str, folder: str = "") -> Iterator[str]:
    """Yield the paths of a run's artifacts under `folder`, at any depth."""
    for entry in client.list_artifacts(run_id, folder or None):
        if entry.is_dir:
            yield from files(client, run_id, entry.path)
        else:
            yield entry.path


def content(client: MlflowClient, run_id: str, path: str) -> bytes:
    """Return the content of a run's artifact."""
    with tempfile.TemporaryDirectory() as folder:
        return Path(client.download_artifacts(run_id, path, folder)).read_bytes()


def arrays(client: MlflowClient, run_id: str, name: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays in a run's artifact `arrays/<name>.npz`, by name; {} if the run does not have it."""
    path = f"arrays/{name}.npz"
    if path not in files(client, run_id, "arrays"):
        return {}
    with np.load(io.BytesIO(content(client, run_id, path))) as archive:
        return dict(archive)


def add_file(client: MlflowClient, run_id: str, path: str, text: str) -> None:
    """Save a text as an artifact of a run, which may have ended, with secrets masked.

    An existing artifact is replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, Path(path).name)
        file.write_text(masked(text))
        client.log_artifact(run_id, str(file), str(Path(path).parent) if "/" in path else None)


def address(uri: str, experiment: str, run_id: str = "", ui: str = UI) -> str:
    """Return the address at which MLflow's UI shows an experiment, or one of its runs.

    Args:
        uri: The URI of the store.
        experiment: The id of the experiment.
        run_id: The id of the run; "" for the whole experiment.
        ui: The address of the UI of a store that is a file or a database.
    """
    base = without_user(uri).rstrip("/") if urlsplit(uri).scheme in ("http", "https") else ui
    shown = f"runs/{run_id}" if run_id else "runs?workflowType=machine_learning"
    return f"{base}/#/experiments/{experiment}/{shown}"


def known_experiment(client: MlflowClient, name: str) -> str:
    """Return the id of the experiment of this name.

    Raises:
        SettingError: The store has no such experiment. The error lists the existing ones.
    """
    experiments = {str(known.name): str(known.experiment_id) for known in client.search_experiments()}
    if name not in experiments:
        allowed = f"no such experiment; must be one of {', '.join(sorted(experiments))}"
        raise SettingError("tracking.experiment", name, allowed, experiments)
    return experiments[name]


def remove(client: MlflowClient, run_id: str) -> None:
    """Mark a run as deleted, as MLflow does; `mlflow gc` removes it for good. Safe to repeat."""
    client.delete_run(run_id)


def local_path(client: MlflowClient, run_id: str, path: str) -> Path | None:
    """Return the path of a run's artifact on this machine, or None if it is stored elsewhere."""
    parts = urlsplit(client.get_run(run_id).info.artifact_uri)
    return Path(unquote(parts.path), path).absolute() if parts.scheme in ("", "file") else None


def by_ids(client: MlflowClient, experiments: Sequence[str], run_ids: Sequence[str]) -> list[Recorded]:
    """Return the runs with these ids, in this order. Deleted and unknown ones are left out.

    Args:
        client: A client of the store.
        experiments: The ids of the experiments to search.
        run_ids: The ids of the runs.
    """
    found: dict[str, Recorded] = {}
    for i in range(0, len(run_ids), IDS_PER_QUERY):
        quoted = ", ".join(f"'{run_id}'" for run_id in run_ids[i : i + IDS_PER_QUERY])
        found |= {run.run_id: run for run in find(client, experiments, f"attributes.run_id IN ({quoted})")}
    return [found[run_id] for run_id in run_ids if run_id in found]


def by_id(client: MlflowClient, run_id: str) -> Recorded | None:
    """Return the run with this id in any experiment; None if it is unknown or deleted."""
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return _recorded(run) if run.info.lifecycle_stage == "active" else None

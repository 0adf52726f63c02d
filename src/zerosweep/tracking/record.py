"""What the store holds already: runs found, their curves and their files."""

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
"""Runs a query asks for at once."""

IDS_PER_QUERY = 200

UI = "http://127.0.0.1:5000"
"""Where `make ui` shows a store that is no server itself."""


@dataclass(frozen=True)
class Recorded:
    """A run as it stands in the store.

    status: RUNNING, FINISHED, FAILED or KILLED. started: seconds since the epoch; seconds: how long it took, or None while
    it is RUNNING. params: as text, `optimizer.lr` or `optimizer`; metrics: the last value of each; tags: without MLflow's own.
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
        """learned, stuck, dying or diverged; "" for a run that has none, because it failed."""
        return self.tags.get("verdict", "")


def find(client: MlflowClient, experiments: Sequence[str], query: str = "", most: int | None = None) -> list[Recorded]:
    """The runs that MLflow's filter `query` finds in the experiments of these ids, the latest first; at most `most`.

    A filter that MLflow cannot read is a `UserError`.
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
    """(steps, values) of one metric, in the order of the steps; empty where the run does not have it."""
    points = sorted((point.step, point.timestamp, point.value) for point in client.get_metric_history(run_id, metric))
    return [step for step, _, _ in points], [value for _, _, value in points]


def files(client: MlflowClient, run_id: str, folder: str = "") -> Iterator[str]:
    """The paths of the run's artifacts under `folder`, at any depth."""
    for entry in client.list_artifacts(run_id, folder or None):
        if entry.is_dir:
            yield from files(client, run_id, entry.path)
        else:
            yield entry.path


def content(client: MlflowClient, run_id: str, path: str) -> bytes:
    """An artifact of the run."""
    with tempfile.TemporaryDirectory() as folder:
        return Path(client.download_artifacts(run_id, path, folder)).read_bytes()


def arrays(client: MlflowClient, run_id: str, name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays that the run keeps in its artifact `arrays/<name>.npz`; empty where it has none."""
    path = f"arrays/{name}.npz"
    if path not in files(client, run_id, "arrays"):
        return {}
    with np.load(io.BytesIO(content(client, run_id, path))) as archive:
        return dict(archive)


def add_file(client: MlflowClient, run_id: str, path: str, text: str) -> None:
    """Keep an artifact of a run that may have ended; one of the same path is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, Path(path).name)
        file.write_text(masked(text))
        client.log_artifact(run_id, str(file), str(Path(path).parent) if "/" in path else None)


def address(uri: str, experiment: str, run_id: str = "") -> str:
    """Where MLflow's UI shows the experiment of this id, or one run of it."""
    base = without_user(uri).rstrip("/") if urlsplit(uri).scheme in ("http", "https") else UI
    shown = f"runs/{run_id}" if run_id else "runs?workflowType=machine_learning"
    return f"{base}/#/experiments/{experiment}/{shown}"


def known_experiment(client: MlflowClient, name: str) -> str:
    """The id of the experiment of this name; a `SettingError` that names those there are where it is none of them."""
    experiments = {str(known.name): str(known.experiment_id) for known in client.search_experiments()}
    if name not in experiments:
        allowed = f"no such experiment; must be one of {', '.join(sorted(experiments))}"
        raise SettingError("tracking.experiment", name, allowed, experiments)
    return experiments[name]


def remove(client: MlflowClient, run_id: str) -> None:
    """Put the run into MLflow's bin, from which `mlflow gc` empties it. Harmless where it is there already."""
    client.delete_run(run_id)


def local_path(client: MlflowClient, run_id: str, path: str) -> Path | None:
    """Where an artifact of the run lies on this machine, or None where it lies elsewhere."""
    parts = urlsplit(client.get_run(run_id).info.artifact_uri)
    return Path(unquote(parts.path), path).absolute() if parts.scheme in ("", "file") else None


def by_ids(client: MlflowClient, experiments: Sequence[str], run_ids: Sequence[str]) -> list[Recorded]:
    """The runs of these ids in the experiments of these ids, in this order; those that are gone are left out."""
    found: dict[str, Recorded] = {}
    for i in range(0, len(run_ids), IDS_PER_QUERY):
        quoted = ", ".join(f"'{run_id}'" for run_id in run_ids[i : i + IDS_PER_QUERY])
        found |= {run.run_id: run for run in find(client, experiments, f"attributes.run_id IN ({quoted})")}
    return [found[run_id] for run_id in run_ids if run_id in found]


def by_id(client: MlflowClient, run_id: str) -> Recorded | None:
    """The run of this id, in whatever experiment; None where there is none, or it is deleted."""
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return _recorded(run) if run.info.lifecycle_stage == "active" else None

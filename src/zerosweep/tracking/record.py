"""Recorded runs: finding them, and reading their curves and artifacts."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from zerosweep.errors import SettingError, UserError
from zerosweep.masking import masked, without_user
from zerosweep.places import home
from zerosweep.tracking.bulk import is_database, load, rows, simple, whole, with_ids
from zerosweep.tracking.location import SERVERS
from zerosweep.tracking.mlflow_private import selected_runs
from zerosweep.tracking.recorded import Recorded as Recorded
from zerosweep.tracking.recorded import recorded_of
from zerosweep.tracking.sqlite import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

PAGE = 1000
"""Largest number of runs in one answer of the store."""

IDS_PER_QUERY = 200
"""Largest number of ids in one filter."""

UI = "http://127.0.0.1:5000"
"""Address at which `make ui` shows a store that is a file or a database, unless it is given another port."""

UI_FILE = "ui-address"
"""Name of the file beside a store with the address at which its UI was shown last."""


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
    if is_database(client) and (plain := simple(query, experiments, most)):
        return load(client, *plain)
    whole(client)
    from mlflow.exceptions import MlflowException

    try:
        if is_database(client):
            return load(client, selected_runs(client, list(experiments), query, most))
        return _from_server(client, experiments, query, most)
    except MlflowException as error:
        if error.error_code != "INVALID_PARAMETER_VALUE":
            raise
        raise UserError(f"{query}: {str(error).splitlines()[0]}") from None


def _from_server(client: MlflowClient, experiments: Sequence[str], query: str, most: int | None) -> list[Recorded]:
    """Return the runs that a filter finds in the store of a tracking server, page by page."""
    found: list[Recorded] = []
    token = None
    for _ in count():
        size = PAGE if most is None else min(PAGE, most - len(found))
        page = client.search_runs(list(experiments), query, max_results=size, page_token=token)
        found.extend(map(recorded_of, page))
        token = page.token
        if not token or len(found) == most:
            break
    return found


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


def address(uri: str, experiment: str, run_id: str = "", ui: str = "") -> str:
    """Return the address at which MLflow's UI shows an experiment, or one of its runs.

    Args:
        uri: The URI of the store.
        experiment: The id of the experiment.
        run_id: The id of the run; "" for the whole experiment.
        ui: The address of the UI of a store that is a file or a database; "" for where it was shown last.
    """
    base = without_user(uri).rstrip("/") if urlsplit(uri).scheme in SERVERS else ui or ui_address(uri)
    shown = f"runs/{run_id}" if run_id else "runs?workflowType=machine_learning"
    return f"{base}/#/experiments/{experiment}/{shown}"


def ui_address(uri: str) -> str:
    """Return the address at which `make ui` showed a store last, or else shows it by default.

    Args:
        uri: The URI of a store that is a file or a database.
    """
    file = _ui_file(uri)
    kept = file.read_text().strip() if file.is_file() else ""
    return kept if re.fullmatch(r"http://127\.0\.0\.1:\d+", kept) else UI


def keep_ui_address(uri: str, ui: str) -> None:
    """Remember the address at which the UI of a store is shown, for the links that are printed and written later.

    Args:
        uri: The URI of a store that is a file or a database.
        ui: The address.
    """
    file = _ui_file(uri)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{ui}\n")


def _ui_file(uri: str) -> Path:
    database = sqlite_file(uri)
    return (database.parent if database else home() / "mlruns") / UI_FILE


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


def set_tags(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a run, at most 100, in one call."""
    whole(client)
    from mlflow.entities import RunTag

    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])


def remove(client: MlflowClient, run_id: str) -> None:
    """Mark a run as deleted, as MLflow does; `mlflow gc` removes it for good. Safe to repeat."""
    client.delete_run(run_id)


def local_path(client: MlflowClient, run_id: str, path: str) -> Path | None:
    """Return the path of a run's artifact on this machine, or None if it is stored elsewhere."""
    if is_database(client):
        (artifacts,) = rows(client, "SELECT artifact_uri FROM runs WHERE run_uuid = :run_id", run_id=run_id)[0]
    else:
        artifacts = client.get_run(run_id).info.artifact_uri
    parts = urlsplit(artifacts)
    return Path(unquote(parts.path), path).absolute() if parts.scheme in ("", "file") else None


def by_ids(client: MlflowClient, experiments: Sequence[str], run_ids: Sequence[str]) -> list[Recorded]:
    """Return the runs with these ids, in this order. Deleted and unknown ones are left out.

    Args:
        client: A client of the store.
        experiments: The ids of the experiments to search.
        run_ids: The ids of the runs.
    """
    read = with_ids if is_database(client) else _with_ids_from_server
    found = {run.run_id: run for run in read(client, experiments, run_ids)}
    return [found[run_id] for run_id in run_ids if run_id in found]


def _with_ids_from_server(
    client: MlflowClient, experiments: Sequence[str], run_ids: Sequence[str]
) -> Iterator[Recorded]:
    for i in range(0, len(run_ids), IDS_PER_QUERY):
        quoted = ", ".join(f"'{run_id}'" for run_id in run_ids[i : i + IDS_PER_QUERY])
        yield from find(client, experiments, f"attributes.run_id IN ({quoted})")


def by_id(client: MlflowClient, run_id: str) -> Recorded | None:
    """Return the run with this id in any experiment; None if it is unknown or deleted."""
    whole(client)
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return recorded_of(run) if run.info.lifecycle_stage == "active" else None

"""Saved views of MLflow's own UI: a filter, columns, an order and charts under a name, in the UI's Views menu.

A view is a tag of its experiment. MLflow has no public interface for views: the format is that of the tags that its UI
itself writes, read in MLflow 3.17.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from zerosweep.tracking.bulk import is_database, rows
from zerosweep.tracking.record import address
from zerosweep.tracking.ui_state import all_runs_state

if TYPE_CHECKING:
    from mlflow import MlflowClient

TAG = "mlflow.sharedViewState."
"""Beginning of the name of a view's tag; its key follows."""

OURS = "zerosweep-"
"""Beginning of the keys of the project's views. Views that a person saved in the UI have other keys."""

MOST = 100
"""Largest number of views of sweeps in an experiment; the oldest are removed."""

ALL_RUNS = f"{OURS}all-runs"
"""Key of the view of all runs of an experiment."""


@dataclass(frozen=True)
class SavedView:
    """A view in the store.

    Attributes:
        name: The name in the Views menu.
        key: Its key, which is part of its address.
        updated: When it was saved, in milliseconds since the epoch.
    """

    name: str
    key: str
    updated: int


def key_of(sweep: str) -> str:
    """Return the key of a sweep's view."""
    return OURS + sha256(sweep.encode()).hexdigest()[:24]


def save_view(client: MlflowClient, experiment: str, key: str, name: str, state: Mapping[str, Any]) -> None:
    """Save a view, in place of an earlier one with its key, unless that is equal.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
        key: The view's key.
        name: The name in the Views menu.
        state: The state of the UI, by the UI's own names.
    """
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode(), 9)).decode()
    now = int(time.time() * 1000)
    content = {"name": name, "state": f"deflate;{packed}"}
    earlier = json.loads(_tags(client, experiment).get(f"{TAG}{key}", "{}"))
    if content.items() <= earlier.items():
        return
    view = {"createdAt": now, "updatedAt": now, **content}
    client.set_experiment_tag(experiment, f"{TAG}{key}", json.dumps(view))


def save_all_runs(client: MlflowClient, experiment: str) -> None:
    """Save the view of all runs of an experiment.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
    """
    save_view(client, experiment, ALL_RUNS, "all runs", all_runs_state())


def _tags(client: MlflowClient, experiment: str) -> dict[str, str]:
    """Return the tags of an experiment, from a database without MLflow."""
    if not is_database(client):
        return dict(client.get_experiment(experiment).tags)
    query = "SELECT key, value FROM experiment_tags WHERE experiment_id = :experiment"
    return dict(map(tuple, rows(client, query, experiment=int(experiment))))


def saved_views(client: MlflowClient, experiment: str) -> list[SavedView]:
    """Return the views of sweeps of an experiment, the latest first."""
    found = {
        key: json.loads(value)
        for name, value in _tags(client, experiment).items()
        if (key := name.removeprefix(TAG)) != name and key.startswith(OURS) and key != ALL_RUNS
    }
    views = [SavedView(view["name"], key, view["updatedAt"]) for key, view in found.items()]
    return sorted(views, key=lambda view: -view.updated)


def remove_views(client: MlflowClient, experiment: str, sweeps: Collection[str]) -> None:
    """Remove the views of sweeps that are gone, and the oldest ones above `MOST`.

    Args:
        client: A client of the store.
        experiment: The id of the experiment.
        sweeps: The sweeps that have a summary in the experiment.
    """
    kept = {key_of(sweep) for sweep in sweeps}
    for i, view in enumerate(saved_views(client, experiment)):
        if i >= MOST or view.key not in kept:
            client.delete_experiment_tag(experiment, f"{TAG}{view.key}")


def view_address(uri: str, experiment: str, key: str, ui: str = "") -> str:
    """Return the address of a view in MLflow's UI.

    Args:
        uri: The URI of the store.
        experiment: The id of the experiment.
        key: The view's key.
        ui: The address of the UI of a store that is a file or a database; "" for where it was shown last.
    """
    return f"{address(uri, experiment, ui=ui)}&viewStateShareKey={key}"

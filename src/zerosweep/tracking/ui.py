"""MLflow's own server, which shows the runs of a store: its command, and the addresses of what it shows."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from zerosweep.errors import UserError
from zerosweep.masking import masked
from zerosweep.tracking.location import SERVERS, scheme
from zerosweep.tracking.record import keep_ui_address
from zerosweep.tracking.sqlite import sqlite_file
from zerosweep.tracking.store import artifact_location, open_store, store_uri
from zerosweep.tracking.views import ALL_RUNS, save_all_runs, saved_views, view_address

MOST_LINKS = 10
"""Largest number of views whose addresses are shown."""

DEFAULT_EXPERIMENT = "0"
"""Id of the empty experiment that MLflow makes in every store."""


def ui_command(port: int) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves the store's runs on this machine, and the environment variables that it needs.

    The store's address is among the variables, because a command line is visible to other users, and the address may
    contain a password.

    Args:
        port: The port on which the server listens, for this machine only.

    Raises:
        UserError: The store is a tracking server, which shows its runs itself.
    """
    uri = store_uri(None)
    if scheme(uri) in SERVERS:
        raise UserError(f"{masked(uri)}: is a tracking server, which shows its runs at its own address; open it there")
    if file := sqlite_file(uri):
        file.parent.mkdir(parents=True, exist_ok=True)
    artifacts = artifact_location(uri) or ""
    folder = urlsplit(artifacts)
    # One worker is enough for one person. MLflow's job runner takes seconds to end after Ctrl-C.
    command = [
        *(sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--uvicorn-opts", "--timeout-graceful-shutdown 1"),
        *("--default-artifact-root", folder.path if folder.scheme == "file" else artifacts),
    ]
    environment = {
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    return command, environment


def links(port: int) -> list[str]:
    """Return lines with the addresses of all runs of the store and of its latest views, in MLflow's UI at this port.

    The addresses that are written from now on have this port too.

    Args:
        port: The port of the UI on this machine.
    """
    uri, ui = store_uri(None), f"http://127.0.0.1:{port}"
    keep_ui_address(uri, ui)
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        return [f"{ui}: nothing is recorded yet"]
    client = open_store(uri)
    experiments = [found for found in client.search_experiments() if found.experiment_id != DEFAULT_EXPERIMENT]
    views = [
        (view, str(found.experiment_id)) for found in experiments for view in saved_views(client, found.experiment_id)
    ]
    for found in experiments:
        save_all_runs(client, str(found.experiment_id))
    latest = sorted(views, key=lambda entry: -entry[0].updated)[:MOST_LINKS]
    return [
        *(
            f"all runs of {found.name}: {view_address(uri, str(found.experiment_id), ALL_RUNS, ui)}"
            for found in experiments
        ),
        *(f"{view.name}: {view_address(uri, experiment, view.key, ui)}" for view, experiment in latest),
    ] or [f"{ui}: nothing is recorded yet"]

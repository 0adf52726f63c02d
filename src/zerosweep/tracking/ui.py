"""The command of MLflow's own server, which shows the runs of a store."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from zerosweep.errors import UserError
from zerosweep.masking import masked
from zerosweep.tracking.location import SERVERS, scheme
from zerosweep.tracking.sqlite import sqlite_file
from zerosweep.tracking.store import artifact_location, store_uri


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

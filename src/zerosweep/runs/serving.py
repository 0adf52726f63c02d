"""The commands that serve the model of a run and ask it, for the end of the run's output."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from zerosweep.masking import masked

if TYPE_CHECKING:
    from zerosweep.tracking.model import SavedModel

PORT = 5001
"""Port of the printed commands; `make ui` and MLflow's own default is 5000."""

SERVING_EXAMPLE = "serving_input_example.json"
"""File of a saved model with the body of a request, which MLflow writes."""


def serving_lines(uri: str, run_id: str, model: SavedModel) -> tuple[str, ...]:
    """Return lines that tell how to serve the model of a run and how to ask it, each command on a line of its own."""
    return "serve the model:", f"    {serve_command(uri, run_id)}", "ask it:", f"    {ask_command(model)}"


def serve_command(uri: str, run_id: str) -> str:
    """Return the shell command that serves the model of a run on this machine.

    A store whose address has a secret is not named if the environment names it already; else its secret is masked.

    Args:
        uri: The URI of the store.
        run_id: The id of the run.
    """
    from_environment = masked(uri) != uri and os.environ.get("MLFLOW_TRACKING_URI") == uri
    words = [] if from_environment else [f"MLFLOW_TRACKING_URI={shlex.quote(masked(uri))}"]
    scripts = Path(sys.executable).parent
    if (found := shutil.which("mlflow")) is None or Path(found).parent != scripts:
        words.append(f'PATH={shlex.quote(str(scripts))}:"$PATH"')  # mlflow starts uvicorn, which is there too
    words.append(f"mlflow models serve -m runs:/{run_id}/model --env-manager local --port {PORT}")
    return " ".join(words)


def ask_command(model: SavedModel) -> str:
    """Return the shell command that sends the example of a model to its server."""
    parts = urlsplit(model.location)
    if parts.scheme in ("", "file"):
        body = f"@{Path(unquote(parts.path), SERVING_EXAMPLE).absolute()}"
    else:
        body = json.dumps({"inputs": model.example.tolist()})
    return f"curl -H 'Content-Type: application/json' -d {shlex.quote(body)} http://127.0.0.1:{PORT}/invocations"

"""The commands that a run with a model ends with."""

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from zerosweep.runs.serving import ask_command, serve_command
from zerosweep.tracking.model import SavedModel

SECRET = "postgresql://me:hunter2@db.example/runs"


def test_the_store_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    words = shlex.split(serve_command("sqlite:////tmp/a folder/mlflow.db", "abc"))
    assert words[0] == "MLFLOW_TRACKING_URI=sqlite:////tmp/a folder/mlflow.db"
    assert words[1] == f"PATH={Path(sys.executable).parent}:$PATH"
    assert words[2:7] == ["mlflow", "models", "serve", "-m", "runs:/abc/model"]
    assert "--env-manager local" in " ".join(words)


def test_the_path_is_left_alone_where_mlflow_is_on_it(monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert "PATH=" not in serve_command("sqlite:///mlflow.db", "abc")


@pytest.mark.parametrize(("environment", "named"), [(SECRET, False), ("", True), ("sqlite:///other.db", True)])
def test_no_secret_is_shown(monkeypatch, environment, named):
    """An address that the environment has already needs no mention; any other must be completed by its owner."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", environment)
    command = serve_command(SECRET, "abc")
    assert "hunter2" not in command
    assert ("MLFLOW_TRACKING_URI=" in command) is named


def model(location: str) -> SavedModel:
    return SavedModel("m-1", location, np.array([[0, 5, 13]]))


def test_a_local_example_is_sent_as_a_file():
    words = shlex.split(ask_command(model("file:///tmp/a%20folder/artifacts")))
    assert words[words.index("-d") + 1] == "@/tmp/a folder/artifacts/serving_input_example.json"


def test_any_other_example_is_in_the_command():
    words = shlex.split(ask_command(model("mlflow-artifacts:/1/models/m-1/artifacts")))
    assert json.loads(words[words.index("-d") + 1]) == {"inputs": [[0, 5, 13]]}

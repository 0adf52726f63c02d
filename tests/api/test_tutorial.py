"""docs/tutorial.ipynb: it runs, and it is saved with results that tell nothing of the machine that made them."""

import base64
import getpass
import json
import re
import socket

import pytest
from tests.conftest import PROJECT

FILE = PROJECT / "docs" / "tutorial.ipynb"

CODE = [cell for cell in json.loads(FILE.read_text())["cells"] if cell["cell_type"] == "code"]


def test_it_is_saved_with_results_and_pictures():
    outputs = [output for cell in CODE for output in cell["outputs"]]
    pictures = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 5
    assert all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in pictures)
    assert all(cell["outputs"] for cell in CODE[1:] if not cell["source"][-1].endswith(";"))
    assert not any(output["output_type"] == "error" or output.get("name") == "stderr" for output in outputs)
    assert FILE.stat().st_size < 1_000_000


def test_it_tells_nothing_of_a_machine():
    text = re.sub(r'"image/png": "[^"]*"', "", FILE.read_text())
    assert not re.search(r"(?<![\w.])/(home|root|tmp|Users|work|opt|usr)/", text)
    for name in {getpass.getuser(), socket.gethostname()} - {"root"}:
        assert not re.search(rf"\b{re.escape(name)}\b", text)


@pytest.mark.slow
def test_it_runs(store, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="the extra `notebook` is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the extra `notebook` is not installed")
    pytest.importorskip("ipykernel", reason="the extra `notebook` is not installed")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    notebook = nbformat.read(FILE, 4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("n_trials=40", "n_trials=10")  # enough to draw, and a minute less
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in shown) >= 5
    assert not [output for output in shown if output.get("name") == "stderr"]
    assert list(tmp_path.iterdir()) == []

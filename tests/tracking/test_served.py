"""The commands that a run prints for its model: pasted into a shell, they serve it and get its answer."""

import json
import re
import shlex
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sklearn.datasets import load_digits
from tests.conftest import PROJECT

from zerosweep.runs.serving import PORT


@contextmanager
def served(command: str, folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run a command in a shell in this folder, and end all that it started."""
    with (
        (folder / "served.log").open("w") as log,
        subprocess.Popen(
            command, shell=True, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        ) as shell,
    ):
        try:
            yield shell
        finally:
            for process in [*psutil.Process(shell.pid).children(recursive=True), shell]:
                process.kill()


def wait(port: int, shell: subprocess.Popen, log: Path, seconds: float = 150, path: str = "ping") -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5).close()
            return
        except OSError:
            assert shell.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)


def ask(port: int, body: dict) -> list:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["predictions"]


@pytest.mark.slow
def test_the_printed_commands_serve_the_model_and_ask_it(train, store, environment, tmp_path):
    ended = train("tracking.model=true", "trainer.iterations=20", "tracking.figures=false")
    assert ended.returncode == 0, ended.stderr
    *_, said_serve, serve, said_ask, curl = ended.stdout.splitlines()
    assert (said_serve, said_ask) == ("serve the model:", "ask it:")
    (documented,) = re.findall(r"^ +(mlflow|MLFLOW\S+ mlflow) (models serve .*)", page(), re.MULTILINE)
    assert without_ids(documented[1]) in without_ids(serve)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bare = {name: value for name, value in environment.items() if name != "MLFLOW_TRACKING_URI"}  # the command says it
    pixels = load_digits().data[:2]
    with served(serve.replace(f"{PORT}", f"{port}"), elsewhere, bare) as shell:
        log = elsewhere / "served.log"
        wait(port, shell, log)
        pasted = subprocess.run(
            curl.replace(f":{PORT}", f":{port}"), shell=True, env=bare, cwd=elsewhere, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        rows = ask(port, {"inputs": pixels.tolist()})
        images = ask(port, {"inputs": pixels.reshape(2, 8, 8).astype(int).tolist()})
        classes = ask(port, {"instances": pixels.tolist(), "params": {"output": "classes"}})
        frame = ask(port, {"dataframe_split": {"data": pixels.tolist()}})
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(port, {"inputs": pixels[:, :63].tolist()})
        why = refused.value.read().decode()  # while the server is there
        listening = log.read_text()
    (scores,) = json.loads(pasted.stdout)["predictions"]
    assert (len(scores), sum(scores)) == (10, pytest.approx(1, abs=1e-4))
    assert images == rows
    assert classes == frame == [row.index(max(row)) for row in rows]
    assert refused.value.code == 400
    assert "inputs of shape (2, 63): must be (n, 8, 8) or (n, 64)" in why
    assert f"http://127.0.0.1:{port}" in listening  # on this machine alone
    assert [file.name for file in elsewhere.iterdir()] == ["served.log"]  # no database, no mlruns


def page() -> str:
    """Return the page that documents the commands."""
    return (PROJECT / "docs" / "records.md").read_text()


def without_ids(command: str) -> str:
    """Return the words of a command with the run's id masked, and without its port."""
    words = shlex.split(re.sub(r"runs:/\w+/", "runs:/RUN_ID/", command))
    return " ".join(word for word in words if word not in ("--port", f"{PORT}"))

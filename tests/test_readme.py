"""What the README says to type can be typed."""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import RunMode

from zerosweep import PROJECT
from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.grid import grid
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import register
from zerosweep.config.space import Space
from zerosweep.config.words import read_words

README = (PROJECT / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"^    python src/train\.py([^\n#]*)", README, re.MULTILINE)))
"""Arguments of each command in a block of its own."""

TARGETS = sorted(set(re.findall(r"`make (\w+)`|^    make (\w+)", README, re.MULTILINE)))


def test_there_are_commands():
    assert len(COMMANDS) >= 6
    assert len(TARGETS) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_composes(command):
    words = [word for word in shlex.split(command) if "=" in word]
    words += chosen_by_sweep(words)
    register()
    Plugins.instance()  # the sweepers and launchers that commands name
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        of_hydra = [word for word in words if word.startswith("hydra")]
        if "hydra/sweeper=optuna" in words:
            master = loader.load_configuration("config", words, RunMode.MULTIRUN)
            searched = Space(
                loader, master, master.hydra.sweeper.params, [word for word in words if word not in of_hydra]
            )
            assert len(searched.names) >= 2
            return
        jobs = grid(loader, {}, [word for word in words if word not in of_hydra]).jobs
        assert len(jobs) == 1 or "-m" in command
        for job in (jobs[0], jobs[-1]):
            assert to_settings(compose("config", [*job, *of_hydra]))


def test_the_comparison_can_be_typed():
    (words,) = re.findall(r"^    python src/compare\.py (.*)", README, re.MULTILINE)
    read = read_words(shlex.split(words))
    assert read.report.lines == "optimizer"
    assert read.rest == ('params.bn = "true" and metrics.`val/accuracy` > 0.9',)


@pytest.mark.slow
def test_the_command_that_serves_a_model_finds_it_and_answers_on_this_machine_alone(
    train, runs, store, environment, tmp_path
):
    (command,) = re.findall(r"^ +(MLFLOW_TRACKING_URI=\S+ mlflow models serve .*)", README, re.MULTILINE)
    assert train("tracking.model=true", "trainer.iterations=1", "tracking.figures=false").returncode == 0
    assert "sqlite:///mlruns/mlflow.db" in command
    command = command.replace("sqlite:///mlruns/mlflow.db", store).replace("RUN_ID", runs()[0].info.run_id)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    places = environment | {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"}
    del places["MLFLOW_TRACKING_URI"]  # the command says it
    with (
        (tmp_path / "served.log").open("w") as log,
        subprocess.Popen(
            f"exec env {command} --port {port}", shell=True, env=places, cwd=tmp_path, stdout=log, stderr=log,
            start_new_session=True,
        ) as serving,
    ):  # fmt: skip
        try:
            scores = predicted(port, serving, tmp_path / "served.log")
            said = (tmp_path / "served.log").read_text()
        finally:
            for process in [*psutil.Process(serving.pid).children(recursive=True), serving]:
                process.kill()
    assert len(scores[0]) == 10
    assert f"http://127.0.0.1:{port}" in said
    assert sum(scores[0]) == pytest.approx(1, abs=1e-4)


def predicted(port, serving, log, seconds=150):
    """The probabilities of one image, once the server is up."""
    asked = json.dumps({"inputs": [[0.0] * 64]}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations", asked, headers={"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["predictions"]
        except OSError:
            assert serving.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there(target):
    assert re.search(rf"^{''.join(target)}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)


def test_every_file_it_names_is_there():
    named = re.findall(r"`((?:src|conf|tests|benchmarks|docs)/[\w/.]*)`|\]\((docs/[\w.]+)\)", README)
    assert named
    assert all((PROJECT / "".join(path)).exists() for path in named)

"""What SECURITY.md promises of files, sockets, pickles and pages."""

import ast
import os
import pickle
import re
import socket
import stat
import subprocess
import sys
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import psutil
import pytest
from tests.conftest import PROJECT, train_command

from zerosweep.report.description import markdown
from zerosweep.report.results import analyse
from zerosweep.tracking.ui import ui_command

SOURCES = sorted((PROJECT / "src").rglob("*.py"))

UNPICKLING = {"serve.py", "dask.py", "calls.py", "task_calls.py"}
"""Between processes of one command: jobs and what came of them."""

DANGEROUS = r"pickle\.loads?|joblib\.load|cloudpickle\.loads?|yaml\.(unsafe_|full_)?load|os\.system|os\.popen|eval|exec"


def calls(file):
    """(what is called, the call) of every call in a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PROJECT / "src")))
def test_nothing_is_unpickled_evaluated_or_given_to_a_shell(file):
    for name, call in calls(file):
        allowed = file.name in UNPICKLING and name == "pickle.loads"
        assert allowed or not re.fullmatch(DANGEROUS, name), ast.unparse(call)
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert given.get("shell") != "True", ast.unparse(call)
        assert given.get("allow_pickle") in (None, "False"), ast.unparse(call)


class Touch:
    """What, once unpickled, makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.slow
@pytest.mark.parametrize("key", [None, b"guessed"], ids=["no key", "another key"])
def test_a_server_of_jobs_unpickles_nothing_that_a_stranger_sends(key, environment, tmp_path):
    command = [sys.executable, "-m", "zerosweep.jobs.executors.serve"]
    paths = environment | {"PYTHONPATH": str(PROJECT / "src")}
    with subprocess.Popen(
        command, env=paths, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        address, key_of_it = server.stdout.readline().split()
        assert len(bytes.fromhex(key_of_it)) == 32
        assert not Path(address).parent.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        with pytest.raises((AuthenticationError, EOFError, OSError)):
            if key is None:
                with socket.socket(socket.AF_UNIX) as stranger:
                    stranger.connect(address)
                    stranger.sendall(b"\0\0\0\1x" + pickle.dumps(Touch(tmp_path / "touched")))
                    stranger.settimeout(20)
                    while stranger.recv(1000):
                        pass
                    raise EOFError
            Client(address, authkey=key)
        with Client(address, authkey=bytes.fromhex(key_of_it)) as friend:  # it has not ended for that
            friend.send_bytes(b"no pickle")
            assert "cannot read the job" in str(friend.recv())
        server.stdin.close()
        server.wait(120)
    assert not (tmp_path / "touched").exists()


@pytest.mark.slow
def test_whatever_the_umask_no_file_of_a_run_a_sweep_or_a_search_is_writable_by_everyone(
    experiment, environment, tmp_path
):
    places = environment | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/store/mlflow.db"}
    brief = ["trainer.iterations=1", "tracking.figures=false", "report.figure=none", "hydra.launcher.workers=1"]
    search = ["hydra/sweeper=optuna", "optimizer.lr=0.1,0.2", "hydra.sweeper.n_trials=1"]
    for words in (["-m", "seed=0,1"], ["-m", *search, f"hydra.sweeper.storage=journal:{tmp_path}/studies/one.log"]):
        command = train_command(*brief, *words, experiment=experiment)
        done = subprocess.run(command, env=places, cwd=tmp_path, umask=0, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    made = [path for path in tmp_path.rglob("*") if not path.is_symlink()]
    assert {"mlflow.db", "mlflow.db.claims", "one.log", "one.log.flock", "run.log"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & stat.S_IWOTH] == []


@pytest.mark.slow
def test_a_sweep_listens_at_no_address_of_the_network(experiment, environment, tmp_path):
    command = train_command("-m", "seed=range(4)", "trainer.epochs=3", "report.figure=none", experiment=experiment)
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as sweep:
        open_, most = [], 0
        while sweep.poll() is None:
            processes = [psutil.Process(sweep.pid)]
            try:
                processes += processes[0].children(recursive=True)
                open_ += [one for process in processes for one in process.net_connections("inet")]
            except psutil.Error:  # it has ended meanwhile
                continue
            most = max(most, len(processes))
            try:
                sweep.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    assert sweep.returncode == 0
    assert most > 2
    assert open_ == []


def test_what_make_starts_is_for_this_machine_alone(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    command, environment = ui_command(5000)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert not any(
        "://" in word and not word.startswith("file:") for word in command
    )  # a store's address may have a password
    assert environment["MLFLOW_BACKEND_STORE_URI"]
    assert not re.findall(r"mlflow (?:ui|server)", (PROJECT / "Makefile").read_text())


EVIL = "a `` b ``` <script>alert(1)</script>\n\n<img src=x>"


def test_the_description_of_a_sweep_holds_what_was_typed_as_code_alone():
    from zerosweep.config.schemas import Objective

    told = markdown(EVIL, analyse([], Objective(), failed={EVIL: EVIL}), [EVIL])
    outside = re.sub(r"(?<!`)(`{2,})(?!`) .*? (?<!`)\1(?!`)", "", told)
    assert "<" not in outside
    assert told.count("<script>") == 4


@pytest.mark.slow
def test_a_diagnosis_holds_what_was_typed_as_code_alone(train, runs, store, tmp_path):
    from zerosweep.tracking.record import content
    from zerosweep.tracking.store import open_store

    evil = 'tracking.experiment="<script>a</script> ```<script>b</script>"'
    assert train(evil, "trainer.iterations=2", "optimizer.lr=1e-12", "tracking.figures=false").returncode == 0
    client = open_store(store)
    found = next(one for one in client.search_experiments() if "<script>" in one.name)
    (run,) = client.search_runs([found.experiment_id])
    page = content(client, run.info.run_id, "diagnosis.md").decode()
    assert [line for line in page.splitlines() if "<script>" in line and not line.startswith("    ")] == []
    assert page.count("<script>") == 2


def test_windows_is_refused_in_one_line():
    program = "import sys\nfrom zerosweep.config.command_line import orderly\nsys.platform = 'win32'\nwith orderly(): print('on')"
    paths = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
    done = subprocess.run([sys.executable, "-c", program], env=paths, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zerosweep does not run on Windows, which has other file locks; in WSL it does\n"


@pytest.mark.skipif(not (PROJECT / ".venv").exists(), reason="asks the project's own .venv, which is not there")
def test_an_audit_that_cannot_be_made_is_skipped_aloud():
    nobody = os.environ | {"https_proxy": "http://127.0.0.1:9/", "HTTPS_PROXY": "http://127.0.0.1:9/"}
    done = subprocess.run([PROJECT / ".ci" / "audit"], env=nobody, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("pip-audit: SKIPPED, ")


def test_the_security_page_names_what_is_tested_here():
    assert "tests/test_safety.py" in (PROJECT / "SECURITY.md").read_text()

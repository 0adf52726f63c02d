"""No password that a command is given stands in anything that it leaves: the store, files, logs, output."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress

import pytest
from tests.conftest import PROJECT
from tests.jobs.test_failures import TRAP
from tests.postgresql import PLACES
from tests.sweeps import wait_for

from zerosweep.masking import masked

SECRET = "hunter2xyz"

SHORT = ("trainer.iterations=10", "model.hidden=[10]", "tracking.figures=false")
STUCK = ("trainer.iterations=30", "init=normal", "init.scale=0.001", "tracking.figures=false")


@pytest.fixture
def http(tmp_path, environment):
    """The address of an MLflow server that is given a user and a password, which it does not ask for."""
    (folder := tmp_path / "server").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    backend = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "kept")]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, *backend], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )

    def answers():
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health"):
            return True

    try:
        wait_for(answers, 120)
        yield f"http://me:{SECRET}@127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def dumped(url):
    """All that a PostgreSQL database holds, as text."""
    pg_dump = shutil.which("pg_dump", path=os.pathsep.join([os.environ["PATH"], *map(str, PLACES)]))
    return subprocess.run([pg_dump, url], capture_output=True, text=True, check=True).stdout


def holding(folder, *left_out):
    """The files that have the secret in them."""
    files = [file for file in folder.rglob("*") if file.is_file() and not set(left_out) & {*file.parts}]
    assert len(files) > 20
    return [file for file in files if SECRET.encode() in file.read_bytes()]


@pytest.fixture
def press(train, environment, tmp_path, experiment):
    """Use a store in every way that leaves something; all that was printed."""

    def use(uri, storage):
        typed = [f"tracking.uri={uri}"]
        (trap := tmp_path / "trap").mkdir()
        (trap / "sitecustomize.py").write_text(TRAP)
        failing = {"GRIEF": "1=raises", "MESSAGE": f"lost {uri}", "PYTHONPATH": str(trap)}
        search = (
            "hydra/sweeper=optuna",
            "optimizer.lr=0.1,0.2",
            "hydra.sweeper.n_trials=2",
            "hydra.sweeper.study_name=s",
        )
        results = [
            train(*typed, *STUCK, "hydra.output_subdir=.hydra"),
            train("-m", *typed, "seed=0,1", *SHORT, **failing),
            train("-m", *typed, "seed=0", *SHORT),
            train("-m", *typed, *search, f"hydra.sweeper.storage={storage}", *SHORT),
        ]
        said = "".join(one.stdout + one.stderr for one in results)
        assert [one.returncode for one in results] == [0, 1, 0, 0], said
        assert f"RuntimeError: lost {masked(uri)}" in results[1].stderr
        assert "1 cached;" in results[2].stdout
        run_id = results[0].stdout.split("run ")[1].split()[0]
        again = train(*typed, f"rerun={run_id}")
        assert again.stdout.splitlines()[-1] == f"identical to {run_id}, metric for metric", again
        compared = subprocess.run(
            [sys.executable, str(PROJECT / "src" / "compare.py"), 'params.bn = "false"', *typed,
             f"tracking.experiment={experiment}"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert compared.returncode == 0, compared
        return "".join(one.stdout + one.stderr for one in [*results, again, compared])

    return use


@pytest.mark.slow
def test_postgresql_keeps_no_password(postgresql, press, tmp_path, environment):
    environment["MLFLOW_DEFAULT_ARTIFACT_ROOT"] = str(tmp_path / "artifacts")
    psycopg = pytest.importorskip("psycopg")
    uri = postgresql.replace("zerosweep@", f"zerosweep:{SECRET}@")
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("CREATE DATABASE studies")  # Optuna's tables and MLflow's do not share one
    assert SECRET not in press(uri, uri.replace("/postgres", "/studies"))
    assert holding(tmp_path) == []
    store = dumped(postgresql) + dumped(postgresql.replace("/postgres", "/studies"))
    assert SECRET not in store
    assert "tracking.uri=postgresql://zerosweep:***@" in store
    page = next(tmp_path.rglob("diagnosis.md")).read_text()
    assert "    python src/train.py tracking." in page
    assert "'tracking.uri=postgresql://zerosweep:***@" in page


@pytest.mark.long
@pytest.mark.slow
def test_a_server_s_user_and_password_are_kept_nowhere(http, press, tmp_path):
    assert SECRET not in press(http, f"sqlite:///{tmp_path}/study.db")
    assert holding(tmp_path) == []


URI = f"postgresql://me:{SECRET}@127.0.0.1:9/db"

MISTAKES = {
    "nothing answers": [f"tracking.uri={URI}"],
    "nothing answers a sweep": ["-m", f"tracking.uri={URI}", "seed=0,1"],
    "no such scheme": [f"tracking.uri=ftp://me:{SECRET}@host"],
    "a token alone": [f"tracking.uri=http://{SECRET}@127.0.0.1:9"],
    "mistyped": [f"tracking.urj={URI}"],
    "no such storage": ["-m", "hydra/sweeper=optuna", "seed=0,1", f"hydra.sweeper.storage=ftp://me:{SECRET}@host"],
    "no scheduler": ["-m", "hydra/launcher=dask", f"hydra.launcher.address=tcp://me:{SECRET}@127.0.0.1:9"],
    "not Hydra's grammar": [f"tracking.uri=postgresql://me:{{{SECRET}@host"],
    "a masked one pasted": ["tracking.uri=postgresql://me:***@host/db"],
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_without_the_password(mistake, train, tmp_path):
    result = train(*MISTAKES[mistake])
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "***" in result.stderr
    assert SECRET not in result.stdout + result.stderr
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and SECRET in file.read_text()]


def test_settings_are_shown_without_the_password(train):
    shown = train("--cfg", "job", f"tracking.uri={URI}")
    assert "uri: postgresql://me:***@127.0.0.1:9/db" in shown.stdout
    assert SECRET not in shown.stdout + shown.stderr

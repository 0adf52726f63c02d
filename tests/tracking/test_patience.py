"""A store that is locked or away is waited for."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, suppress

import pytest
import sqlalchemy
from tests.conftest import PROJECT
from tests.sweeps import begin, said_of_runs, statuses, wait_for  # noqa: F401

from zerosweep.errors import StoreAway
from zerosweep.tracking.mlflow_private import engine_of
from zerosweep.tracking.patience import patiently
from zerosweep.tracking.store import open_store

SWEEP = ("-m", "seed=range(6)", "trainer.iterations=50", "tracking.figures=false", "report.figure=none")


@pytest.fixture
def locked(tmp_path):
    """A database that is locked while the event is not set, and a call that writes to it."""
    file, free = tmp_path / "a.db", threading.Event()
    engine = sqlalchemy.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE number (value)")
        made.commit()

    def hold(taken):
        with closing(sqlite3.connect(file, isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            taken.set()
            free.wait(60)

    def write():
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("INSERT INTO number VALUES (1)"))

    holding = threading.Thread(target=hold, args=[taken := threading.Event()])
    holding.start()
    taken.wait(60)
    yield free, write
    free.set()
    holding.join()
    engine.dispose()


def test_a_locked_store_is_waited_for(locked):
    free, write = locked
    threading.Timer(0.5, free.set).start()
    patiently(write, "a.db", seconds=60)()


def test_a_store_that_stays_locked_is_told_in_one_line(locked):
    _, write = locked
    with pytest.raises(StoreAway, match=r"^a.db: is locked by another process \(.*database is locked\); once it can"):
        patiently(write, "a.db", seconds=0.3)()


def test_any_other_error_is_raised_at_once(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/a.db")

    def read():
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT * FROM absent"))

    with pytest.raises(sqlalchemy.exc.OperationalError, match="no such table"):
        patiently(read, "a.db", seconds=60)()


@pytest.fixture
def server(tmp_path, environment):
    """Start an MLflow server at its address, or start it again; its process."""
    (folder := tmp_path / "server").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    backend = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "kept")]

    def answers():
        with suppress(OSError), urllib.request.urlopen(f"{address}/health"):
            return True

    with ExitStack() as started, (folder / "server.log").open("w") as log:

        def start():
            process = subprocess.Popen(
                [*command, *backend], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            started.callback(stop, process)
            wait_for(answers, 300)
            return process

        yield address, start


def stop(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def found(address, experiment):
    client = open_store(address)
    known = client.get_experiment_by_name(experiment)
    return client.search_runs([known.experiment_id], "tags.role = 'run'") if known else []


@pytest.mark.long
@pytest.mark.slow
def test_a_server_that_is_back_after_a_while_stops_no_sweep(server, begin, experiment):  # noqa: F811
    address, start = server
    first = start()
    sweep = begin(*SWEEP, f"tracking.uri={address}", "hydra.launcher.workers=2")
    wait_for(lambda: len(found(address, experiment)) >= 2, 300)
    stop(first)
    time.sleep(3)
    start()
    stdout, stderr = sweep.communicate(timeout=600)
    assert sweep.returncode == 0, stdout + stderr
    assert statuses(found(address, experiment)).count("FINISHED") == 6
    assert "Traceback" not in stdout + stderr
    assert len(said_of_runs(stdout)) == 6


@pytest.mark.slow
def test_two_checkouts_make_a_fresh_database_share_their_runs_and_survive_lost_connections(
    postgresql, environment, experiment, tmp_path
):
    import psycopg

    for folder in ("src", "conf", "sweeps"):
        shutil.copytree(PROJECT / folder, tmp_path / "copy" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    sweeps = [
        subprocess.Popen(
            [sys.executable, project / "src" / "train.py", *SWEEP, f"tracking.experiment={experiment}", "hydra.launcher.workers=1",
             f"hydra.sweep.dir={tmp_path}/logs/{project.name}"],
            env=environment | {"MLFLOW_TRACKING_URI": postgresql, "MLFLOW_DEFAULT_ARTIFACT_ROOT": str(tmp_path / "kept")},
            cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for project in (PROJECT, tmp_path / "copy")
    ]  # fmt: skip
    with psycopg.connect(postgresql, autocommit=True) as connection:
        has_runs = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'runs'"
        wait_for(lambda: connection.execute(has_runs).fetchone()[0], 300)
        wait_for(lambda: connection.execute("SELECT count(*) FROM runs").fetchone()[0] >= 2, 300)
        for _ in range(3):
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
            connection.execute(others)
            time.sleep(1)
    for sweep in sweeps:
        with sweep:
            stdout, stderr = sweep.communicate(timeout=600)
        assert sweep.returncode == 0, stdout + stderr
        assert "Traceback" not in stdout + stderr
    runs = found(postgresql, experiment)
    assert statuses(runs).count("FINISHED") == 6
    assert "RUNNING" not in statuses(runs)
    engine_of(open_store(postgresql)).dispose()

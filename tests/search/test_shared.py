"""A study in PostgreSQL, which several processes search at once."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from tests.sweeps import wait_for

from zerosweep.search.storage import open_storage

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian keeps the server, out of PATH."""

SEARCH = (
    "-m", "hydra/sweeper=optuna", "optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))",
    "init=normal", "model.hidden=[20]", "tracking.figures=false", "hydra.sweeper.study_name=shared",
)  # fmt: skip

TOTAL = 24


@pytest.fixture
def postgresql(tmp_path_factory):
    """The URL of an empty database, on a server of the test's own."""
    psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgresql`")
    initdb = shutil.which("initdb", path=os.pathsep.join([os.environ["PATH"], *map(str, PLACES)]))
    if initdb is None:
        pytest.skip("needs a PostgreSQL server, as of Debian's package postgresql")
    user = None
    if os.geteuid() == 0:  # as whom the server refuses to run
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    # sockets have short names, and the user must reach the folder
    folder = Path(
        subprocess.run(["mktemp", "-d", "/tmp/zerosweep-pg-XXXX"], capture_output=True, text=True, check=True).stdout[
            :-1
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if user:
        shutil.chown(folder, user)
    run = {"cwd": folder, "user": user, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([initdb, "-D", folder / "data", "-A", "trust", "-U", "zerosweep"], **run)
    server = subprocess.Popen(
        [Path(initdb).with_name("postgres"), "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"],
        cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgresql://zerosweep@127.0.0.1:{port}/postgres"

    def answers():
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return True

    try:
        wait_for(answers)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder)


@pytest.fixture
def storage(postgresql):
    opened = open_storage(postgresql)
    yield opened
    opened.remove_session()
    opened.engine.dispose()


@pytest.mark.slow
def test_two_processes_make_one_study_and_it_outlives_a_kill(postgresql, storage, begin, runs):
    arguments = [*SEARCH, f"hydra.sweeper.storage={postgresql}", f"hydra.sweeper.n_trials={TOTAL}"]
    first, second = begin(*arguments), begin(*arguments, "hydra.sweep.dir=logs/another")
    wait_for(lambda: "shared" in optuna.get_all_study_names(storage))
    study = optuna.load_study(study_name="shared", storage=storage)
    wait_for(lambda: len(study.trials) >= TOTAL // 3)
    first.kill()
    assert first.wait(timeout=60) == -signal.SIGKILL
    assert second.wait(timeout=120) == 0, second.stderr.read()
    third = begin(*arguments)
    assert third.wait(timeout=120) == 0, third.stderr.read()

    trials = [trial for trial in study.trials if not trial.user_attrs.get("orphan")]
    assert len(trials) == TOTAL
    assert len({tuple(trial.params.items()) for trial in trials}) == TOTAL
    assert len({trial.user_attrs["owner"] for trial in trials}) == 2
    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    finished = [run.data.tags["trial"] for run in runs() if run.info.status == "FINISHED"]
    assert sorted(finished) == sorted(str(trial.number) for trial in trials)
    assert {run.info.status for run in runs()} <= {"FINISHED", "KILLED"}

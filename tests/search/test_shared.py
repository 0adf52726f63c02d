"""A study in PostgreSQL, which several processes search at once."""

import multiprocessing
import shutil
import signal
import subprocess
import sys
import threading
import time

import optuna
import pytest
from optuna.trial import TrialState
from tests.conftest import PROJECT
from tests.sweeps import wait_for

from zerosweep.errors import UserError
from zerosweep.search.owner import Owner
from zerosweep.search.storage import close_storage, open_storage
from zerosweep.search.study import ask, requeue_orphans

SEARCH = (
    "-m", "hydra/sweeper=optuna", "optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))",
    "init=normal", "model.hidden=[20]", "tracking.figures=false", "hydra.sweeper.study_name=shared",
)  # fmt: skip

TOTAL = 24


@pytest.fixture
def storage(postgresql):
    opened = open_storage(postgresql)
    yield opened
    close_storage(opened)


@pytest.fixture
def clone(tmp_path):
    """Return another checkout of the project."""
    return shutil.copytree(
        PROJECT, tmp_path / "clone", ignore=shutil.ignore_patterns(".*", "mlruns", "tests", "docs", "__pycache__")
    )


@pytest.mark.slow
def test_two_checkouts_make_one_study_and_who_is_left_ends_it(postgresql, storage, begin, clone, monkeypatch, runs):
    arguments = [*SEARCH, f"hydra.sweeper.storage={postgresql}", f"hydra.sweeper.n_trials={TOTAL}"]
    first = begin(*arguments)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("tests.conftest.PROJECT", clone)
        second = begin(*arguments, "hydra.sweep.dir=logs/another")
    wait_for(lambda: "shared" in optuna.get_all_study_names(storage))
    study = optuna.load_study(study_name="shared", storage=storage)
    wait_for(lambda: len({trial.user_attrs["owner"] for trial in study.trials}) == 2)
    wait_for(lambda: len(study.trials) >= TOTAL // 3)
    first.kill()
    assert first.wait(timeout=60) == -signal.SIGKILL
    assert second.wait(timeout=180) == 0, second.stderr.read()

    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    trials = [trial for trial in study.trials if not trial.user_attrs.get("orphan")]
    assert len(trials) == TOTAL
    assert len({tuple(trial.params.items()) for trial in trials}) == TOTAL
    assert len({trial.user_attrs["owner"] for trial in trials}) == 2
    assert not any("error" in trial.user_attrs for trial in trials), "one failed a live trial of the other"
    finished = [run.data.tags["trial"] for run in runs() if run.info.status == "FINISHED"]
    assert sorted(finished) == sorted(str(trial.number) for trial in trials)
    assert {run.info.status for run in runs()} <= {"FINISHED", "KILLED"}


@pytest.mark.slow
def test_a_search_holds_one_connection_a_worker_and_outlasts_the_loss_of_all(postgresql, storage, begin):
    psycopg = pytest.importorskip("psycopg")
    more = ["hydra.launcher.workers=2", "hydra.sweeper.n_trials=40", "trainer.epochs=1"]
    process = begin(*SEARCH, *more, f"hydra.sweeper.storage={postgresql}")
    others = "pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
    most, struck = 0, False
    close_storage(storage)
    with psycopg.connect(postgresql, autocommit=True) as watching:

        def held():
            return watching.execute(f"SELECT count(*) FROM {others}").fetchone()[0]

        while process.poll() is None:
            most = max(most, held())
            if most > 2 and not struck:
                struck = watching.execute(f"SELECT pg_terminate_backend(pid) FROM {others}").fetchall()
            time.sleep(0.05)
        assert process.returncode == 0, process.stderr.read()
        assert 2 < most <= 2 + 4  # and that of the lock
        wait_for(lambda: held() == 0)
    trials = optuna.load_study(study_name="shared", storage=storage).trials
    assert len([trial for trial in trials if not trial.user_attrs.get("orphan")]) == 40
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    assert not any("error" in trial.user_attrs for trial in trials)


SEARCHING = """
import sys
from zerosweep.search.owner import Owner
with Owner(sys.argv[1], "mine") as owner:
    print(owner.name, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_an_owner_is_seen_from_other_machines_and_its_death_too(postgresql, monkeypatch):
    process = subprocess.Popen(
        [sys.executable, "-c", SEARCHING, postgresql], cwd=PROJECT / "src", text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    monkeypatch.setattr("socket.gethostname", lambda: "another-machine")
    with process, Owner(postgresql, "mine") as owner:
        theirs = process.stdout.readline().strip()
        try:
            assert owner.sees_alive(theirs)
            assert not owner.may_close(theirs)
            assert owner.may_close(owner.name)
            assert not owner.may_close("a-third-machine:/0")
        finally:
            process.kill()
        process.wait()
        assert owner.may_close(theirs)
        assert not owner.sees_alive(theirs)


def _open(url, all_at_once):
    all_at_once.wait()
    close_storage(open_storage(url))


@pytest.mark.slow
def test_many_processes_make_the_tables_at_once(postgresql):
    fork = multiprocessing.get_context("fork")
    all_at_once = fork.Barrier(4)
    processes = [fork.Process(target=_open, args=[postgresql, all_at_once]) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * 4


@pytest.mark.slow
def test_a_study_goes_on_once_its_server_is_there_again(postgresql, storage):
    psycopg = pytest.importorskip("psycopg")
    study = optuna.create_study(study_name="mine", storage=storage)

    def away():
        with psycopg.connect(postgresql.replace("/postgres", "/template1"), autocommit=True) as admin:
            for _ in range(2):
                admin.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'")
                time.sleep(0.5)
                admin.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS true")

    going = threading.Thread(target=away)
    going.start()
    made = 0
    while going.is_alive() or made < 3:
        trial = ask(study, storage, Anybody(), 10**6)
        trial.suggest_float("x", 0, 1)
        study.tell(trial, 0.5)
        made += 1
    going.join()
    requeue_orphans(study, storage, Anybody())  # asked for twice, where the answer was lost
    trials = [trial for trial in study.trials if not trial.user_attrs.get("orphan")]
    assert len([trial for trial in trials if trial.state == TrialState.COMPLETE]) == made
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.WAITING}


class Anybody:
    name = "host/0"

    def may_close(self, other):
        return True


@pytest.mark.slow
@pytest.mark.parametrize(("wrong", "why"), [("nobody@", 'role "nobody" does not exist'), ("zerosweep@", "database")])
def test_whoever_may_not_connect_is_told_at_once(postgresql, wrong, why):
    url = postgresql.replace("zerosweep@", wrong).replace("/postgres", "/other" if why == "database" else "/postgres")
    with pytest.raises(UserError, match=why) as caught:
        open_storage(url)
    assert len(str(caught.value).splitlines()) == 1

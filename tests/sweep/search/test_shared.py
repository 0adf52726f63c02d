"""A study in PostgreSQL, which several processes search at once."""

import signal

import optuna
import pytest
from optuna.trial import TrialState
from tests.sweep.conftest import wait_for

from zerosweep.sweep.search.storage import open_storage

SEARCH = (
    "-m", "hydra/sweeper=optuna", "optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))",
    "init=normal", "model.hidden=[20]", "tracking.figures=false", "hydra.sweeper.study_name=shared",
)  # fmt: skip

TOTAL = 24


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

"""Sweeps, searches, killed runs and reruns of a trainable, from the command line."""

import os
import signal

import optuna
import pytest
from tests.sweeps import curves, finished, said_of_runs, statuses, wait_for, with_status, workers

ODD = ("plugins=[odd.py]", "task=odd", "tracking.figures=false")
SWEEP = ("-m", *ODD, "task.rate=0.1,0.5,1", "hydra.launcher.workers=2")
SEARCH = ("-m", *ODD, "hydra/sweeper=optuna", "task.rate=tag(log,interval(0.01,1))", "hydra.launcher.workers=2")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]


def test_a_sweep_runs_once_and_reports_what_was_recorded(train, runs, store):
    result = train(*SWEEP, "report.y=[train/loss,gap]")
    assert result.returncode == 0, result.stderr
    assert "best: val/f1=0.9997 with rate=1, run " in result.stdout
    assert len(curves(store, runs())) == 3
    (summary,) = runs("summary")
    assert summary.info.status == "FINISHED"
    again = train(*SWEEP, "plan=true")
    assert "3 runs: 3 cached, 0 to do" in again.stdout


def test_a_metric_that_no_run_has_is_named_with_those_that_they_have(train):
    result = train(*SWEEP, "objective.metric=val/f2")
    assert result.returncode == 0, result.stderr
    assert "best: none, as no run has val/f2; they have gap, train/loss, val/f1" in result.stdout


def test_a_search_prunes_and_resumes(train, runs, tmp_path):
    storage = "hydra.sweeper.storage=sqlite:///study.db"
    asked = (*SEARCH, "hydra.sweeper.pruner=median", "hydra.sweeper.study_name=odd", storage)
    assert train(*asked, "hydra.sweeper.n_trials=8").returncode == 0
    assert train(*asked, "hydra.sweeper.n_trials=12").returncode == 0
    study = optuna.load_study(study_name="odd", storage=f"sqlite:///{tmp_path}/study.db")
    states = [trial.state.name for trial in study.trials]
    assert len(states) == 12
    assert set(states) == {"COMPLETE", "PRUNED"}
    pruned = [run for run in runs() if "pruned" in run.data.tags]
    assert len(pruned) == states.count("PRUNED")
    assert all(run.data.metrics["time/steps"] < 8 for run in pruned)
    complete = next(trial for trial in study.trials if trial.state.name == "COMPLETE")
    assert sorted(complete.intermediate_values) == list(range(1, 9))


def test_a_search_for_a_metric_that_is_not_recorded_says_so(train):
    result = train(*SEARCH, "hydra.sweeper.n_trials=2", "objective.metric=val/f2", "hydra.sweeper.pruner=none")
    assert result.returncode == 1
    assert "objective.metric=val/f2: is not measured in this run; must be one of" in result.stderr


def test_a_failed_run_costs_itself_alone(train, runs):
    result = train("-m", *ODD, "task.mode=fine,raises", "hydra.launcher.workers=2")
    assert result.returncode == 1
    assert "ZeroDivisionError: in step 3" in result.stderr
    assert statuses(runs()) == ["FAILED", "FINISHED"]


@pytest.mark.long
def test_a_rerun_is_identical_metric_for_metric(train, runs):
    assert train(*ODD, "task.rate=0.3", "seed=4").returncode == 0
    result = train("plugins=[odd.py]", f"rerun={runs()[0].info.run_id}")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith("identical to")


@pytest.mark.long
def test_a_worker_that_is_killed_costs_one_attempt(begin, train, runs, store):
    process = begin(*SWEEP, "task.pause=0.3")
    wait_for(lambda: with_status(runs(), "RUNNING"))
    os.kill(workers(process)[0].pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert len(said_of_runs(out)) == 3
    assert len(curves(store, runs())) == 3
    assert not with_status(runs(), "RUNNING")


def test_a_sweep_that_is_killed_resumes(begin, train, runs, store):
    process = begin(*SWEEP, "task.pause=0.3")
    wait_for(lambda: finished(runs()))
    process.kill()
    process.wait()
    result = train(*SWEEP, "task.pause=0.3")
    assert result.returncode == 0, result.stderr
    assert len(curves(store, runs())) == 3
    assert not with_status(runs(), "RUNNING")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_killed_and_its_finally_runs(number, begin, runs, folder):
    process = begin(*ODD, "task.pause=0.5", "task.steps=1000")
    wait_for(lambda: with_status(runs(), "RUNNING"))
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode in (130, 143)
    assert statuses(runs()) == ["KILLED"]
    assert (folder / "ended.txt").exists()

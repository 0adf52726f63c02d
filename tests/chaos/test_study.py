"""The judge of studies finds each fault that is planted in one."""

from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from tests.chaos.portrait import Picture
from tests.chaos.study import judge

RUN = Picture("r0", "a run", "FINISHED", {}, {}, {}, "", Path())


@pytest.fixture
def study():
    """A study in memory with two trials, each with a finished run."""
    made = optuna.create_study(direction="maximize")
    for number in range(2):
        trial = made.ask()
        trial.set_user_attr("run_id", f"r{number}")
        made.tell(trial, 0.5)
    return made


RUNS = [RUN, replace(RUN, run_id="r1")]


def found(study, total=2, runs=RUNS):
    return {column: sentences for column, sentences in judge(study.get_trials(), total, runs).items() if sentences}


def test_a_study_that_is_whole_is_found_whole(study):
    assert found(study) == {}


def test_a_missing_trial_is_found(study):
    assert found(study, total=3) == {"lost": ["the study has 2 of 3 trials"]}


def test_a_trial_too_many_is_found(study):
    assert found(study, total=1) == {"twice": ["the study has 2 trials, not 1"]}


def test_trials_left_running_and_waiting_are_found(study):
    study.ask()
    study.enqueue_trial({})
    assert found(study) == {"left_open": ["trial 2 is RUNNING", "trial 3 is WAITING"]}


def test_a_trial_whose_run_is_gone_is_found(study):
    assert found(study, runs=RUNS[:1]) == {"lost": ["trial 1 has no finished run"]}


def test_trials_of_killed_processes_do_not_count(study):
    orphan = study.ask()
    orphan.set_user_attr("orphan", True)
    study.tell(orphan, state=optuna.trial.TrialState.FAIL)
    assert found(study) == {}

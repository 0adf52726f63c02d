"""Constraints: how they are written, and when a trial violates one."""

import math

import optuna
import pytest
from optuna.samplers import TPESampler

from zerosweep.errors import SettingError
from zerosweep.search.constraints import read_constraints, violated, violations

WRITTEN = {
    "time/seconds <= 60": ("time/seconds", "<=", 60.0),
    "time/seconds<=60.0": ("time/seconds", "<=", 60.0),
    " dead/hidden1  >= 1e-3 ": ("dead/hidden1", ">=", 0.001),
    "train/loss <= -0.25": ("train/loss", "<=", -0.25),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_constraint_as_it_is_written(text):
    (found,) = read_constraints([text])
    assert (found.metric, found.relation, found.bound) == WRITTEN[text]


def test_a_constraint_as_text_has_all_digits():
    texts = ["a <= 0.1234567890123", "a <= 60", "a >= 1e-20"]
    assert [str(one) for one in read_constraints(texts)] == texts


@pytest.mark.parametrize(
    "text",
    ["time/seconds", "time/seconds < 60", "time/seconds <= many", "<= 60", "60 >= time/seconds", "a <= nan", "a <= inf",
     "a <= 1 or b <= 2", "__import__('os').getcwd() <= 1 and 2"],
)  # fmt: skip
def test_a_mistake_names_the_constraint(text):
    with pytest.raises(SettingError) as caught:
        read_constraints(["val/loss <= 1", text])
    allowed = "must be METRIC <= NUMBER or METRIC >= NUMBER, as in time/seconds <= 60"
    assert str(caught.value) == f"constraints={text}: {allowed}"


def test_test_figures_constrain_nothing():
    with pytest.raises(SettingError, match="test figures are recorded, never optimised"):
        read_constraints(["test/accuracy >= 0.9"])


def test_a_violation_is_the_distance_to_the_bound():
    both = read_constraints(["time/seconds <= 60", "val/accuracy >= 0.5"])
    assert violations(both, {"time/seconds": 62.5, "val/accuracy": 0.75}) == {
        "time/seconds <= 60": 2.5,
        "val/accuracy >= 0.5": -0.25,
    }
    assert violations(both, {"time/seconds": 60.0})["time/seconds <= 60"] == 0
    assert violations(both, {})["val/accuracy >= 0.5"] == math.inf, "a run that diverged has not met it"


def test_a_sampler_that_knows_constraints_keeps_to_them():
    study = optuna.create_study(sampler=TPESampler(seed=0, n_startup_trials=5))
    constraints = read_constraints(["x >= 0.5"])
    for _ in range(40):
        trial = study.ask()
        x = trial.suggest_float("x", 0, 1)
        for name, violation in violations(constraints, {"x": x}).items():
            trial.set_constraint(name, violation)
        study.tell(trial, x)
    feasible = [trial for trial in study.trials if not violated(trial)]
    assert all(trial.params["x"] >= 0.5 for trial in feasible)
    assert study.best_value == min(trial.value for trial in feasible) < 0.52
    assert sum(trial in feasible for trial in study.trials[-10:]) >= 5

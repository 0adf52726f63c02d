"""The report of a study."""

import warnings

import optuna
import pytest
from optuna.distributions import FloatDistribution

from zerosweep.search.report import best_trials, importances, optimization_results, without_run


@pytest.mark.parametrize("directions", [["maximize"], ["maximize", "minimize"]])
def test_importances_of_settings_that_only_some_trials_have_warn_of_nothing(directions):
    study = optuna.create_study(directions=directions, sampler=optuna.samplers.RandomSampler(seed=0))
    for number in range(12):
        trial = study.ask()
        value = trial.suggest_float("lr", 0, 1)
        if trial.suggest_categorical("optimizer", ["sgd", "momentum"]) == "momentum" and number > 8:
            value += trial.suggest_float("momentum", 0, 1) / 100
        study.tell(trial, [value] * len(directions))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = importances(study, study.trials)
    assert max(found, key=found.get) == "lr"


def test_the_results_are_those_of_the_best_feasible_trial_with_their_types():
    tried = ([0.9], 1.0, {"bn": True}), ([0.5], -1.0, {"bn": False, "n": 5, "x": 0.25, "every": None, "on": "[5]"})
    params = {"bn": False, "n": 5, "x": 0.25, "every": None, "on": "[5]"}
    study = optuna.create_study(direction="maximize")
    for values, violation, own in tried:
        distributions = {
            name: optuna.distributions.CategoricalDistribution([value, "x"]) for name, value in own.items()
        }
        study.add_trial(
            optuna.create_trial(
                values=values, params=own, distributions=distributions, constraints={"time/seconds <= 60": violation}
            )
        )
    assert optimization_results(study) == {"name": "optuna", "best_params": params, "best_value": 0.5}
    assert [trial.number for trial in best_trials(study)] == [study.best_trial.number] == [1]


def test_without_a_feasible_trial_there_is_no_best():
    study = optuna.create_study(direction="maximize")
    nothing = {"name": "optuna", "best_params": None, "best_value": None}
    assert optimization_results(study) == nothing
    study.add_trial(optuna.create_trial(values=[0.9], constraints={"time/seconds <= 60": 0.5}))
    assert optimization_results(study) == nothing
    assert best_trials(study) == []


def test_several_metrics_have_solutions():
    study = optuna.create_study(directions=["maximize", "minimize"])
    for values, violation in (([0.9, 9], 1), ([0.8, 8], 0), ([0.5, 2], -1), ([0.4, 3], -1)):
        kind = {"n": optuna.distributions.IntDistribution(0, 9)}
        study.add_trial(
            optuna.create_trial(
                values=values, params={"n": values[1]}, distributions=kind, constraints={"a <= 1": violation}
            )
        )
    assert optimization_results(study) == {
        "name": "optuna",
        "solutions": [{"params": {"n": 8}, "values": [0.8, 8]}, {"params": {"n": 2}, "values": [0.5, 2]}],
    }


def test_a_best_trial_without_a_run_is_named_with_its_settings():
    kinds = {"bn": optuna.distributions.CategoricalDistribution([True, False]), "lr": FloatDistribution(0, 1)}
    study = optuna.create_study()
    study.add_trial(optuna.create_trial(values=[0.123456], params={"bn": True, "lr": 0.25}, distributions=kinds))
    (trial,) = best_trials(study)
    assert without_run(trial, {"val/loss": "minimize"}) == (
        "trial 0 is the best (val/loss=0.1235), but its run is not in the store; it has bn=true lr=0.25"
    )

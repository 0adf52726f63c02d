"""The report of a study."""

import warnings

import optuna
import pytest

from zerosweep.search.report import importances


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

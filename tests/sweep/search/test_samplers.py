"""Samplers and pruners by name; what they propose follows from the seed and the trial's number."""

import optuna
import pytest
from optuna import pruners, samplers

from zerosweep.errors import SettingError
from zerosweep.sweep.search.samplers import PRUNERS, SAMPLERS, PerTrial, pruner_of, sampler_of

GRID = {"x": [0.25, 0.5], "n": [1, 2]}


def proposals(sampler, trials, study=None):
    """What is proposed one after another, in a study that may have trials already."""
    study = study or optuna.create_study(sampler=sampler)
    study.sampler = sampler
    for _ in range(trials):
        trial = study.ask()
        x, n = trial.suggest_float("x", 0.001, 1, log=True), trial.suggest_int("n", 1, 100)
        study.tell(trial, x * n)
    return study


def values(study):
    return [tuple(trial.params.values()) for trial in study.trials]


@pytest.mark.parametrize("name", sorted({*SAMPLERS} - {"grid"}))
def test_a_seed_decides(name):
    made = [values(proposals(sampler_of(name, seed, None), 15)) for seed in (0, 0, 1)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 10
    assert made[0] != made[2] or name == "qmc"  # whose sequence is the same unless scrambled


@pytest.mark.parametrize("name", ["random", "tpe", "nsgaii", "{n_startup_trials: 3}"])
def test_a_search_that_goes_on_proposes_what_it_would_have(name):
    spec = {"name": "tpe", "n_startup_trials": 3} if "{" in name else name
    whole = values(proposals(sampler_of(spec, 5, None), 12))
    study = proposals(sampler_of(spec, 5, None), 6)
    assert values(proposals(sampler_of(spec, 5, None), 6, study)) == whole
    assert len(set(whole)) == 12


def test_a_seed_among_the_arguments_counts():
    given = {"name": "random", "seed": 3}
    assert values(proposals(sampler_of(given, 0, None), 3)) == values(proposals(sampler_of("random", 3, None), 3))


def test_without_a_seed_two_searches_differ():
    made = [values(proposals(sampler_of("random", None, None), 3)) for _ in range(2)]
    assert made[0] != made[1]


def test_a_grid_is_walked_through_and_no_further():
    sampler = sampler_of("grid", 0, GRID)
    study = optuna.create_study(sampler=sampler)
    for _ in range(4):
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1) + trial.suggest_int("n", 1, 9))
    assert sorted(values(study)) == [(0.25, 1), (0.25, 2), (0.5, 1), (0.5, 2)]


def test_optunas_own_defaults_are_kept():
    sampler = sampler_of("tpe", 0, None)
    assert isinstance(sampler, PerTrial)
    assert sampler._sampler.__dict__.keys() == samplers.TPESampler(seed=0).__dict__.keys()
    assert isinstance(pruner_of("median"), pruners.MedianPruner)
    assert pruner_of({"name": "median", "n_startup_trials": 1})._n_startup_trials == 1


@pytest.mark.parametrize("name", PRUNERS)
def test_every_pruner_has_a_name(name):
    assert isinstance(pruner_of(name), pruners.BasePruner)


MISTAKES = {
    "tpes": "sampler=tpes: must be one of .*; did you mean tpe?",
    "grid": "sampler=grid: needs values or ranges",
    None: "sampler=None: must be one of",
}


@pytest.mark.parametrize("spec", MISTAKES)
def test_a_mistake_in_a_sampler(spec):
    with pytest.raises(SettingError, match=MISTAKES[spec]):
        sampler_of({} if spec is None else spec, 0, None)


def test_a_mistake_in_an_argument():
    with pytest.raises(SettingError, match=r"sampler.n_startup=3: no such setting.*did you mean n_startup_trials\?"):
        sampler_of({"name": "tpe", "n_startup": 3}, 0, None)
    with pytest.raises(SettingError, match="pruner="):
        pruner_of({"name": "median", "n_startup_trials": -1})

"""Samplers and pruners by name. Their proposals follow from the seed and the trial's number."""

import optuna
import pytest
from optuna import pruners, samplers

from zerosweep.errors import SettingError
from zerosweep.search.samplers import PRUNERS, SAMPLERS, PerTrial, pruner_of, sampler_of
from zerosweep.search.settings import Search

GRID = {"x": [0.25, 0.5], "n": [1, 2]}


def proposals(sampler, trials, study=None):
    """Return the values that a sampler proposes one after another, in a study that may have trials already."""
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


SAMPLER_MISTAKES = [
    ("tpes", "sampler=tpes: must be one of .*; did you mean tpe?"),
    ("grid", "sampler=grid: needs values or ranges"),
    (None, "sampler=null: must be one of tpe"),
    (3, "sampler=3: must be one of tpe"),
    (["tpe"], r"sampler=\[tpe\]: must be one of tpe"),
    ({"name": ["tpe"]}, r"sampler=\[tpe\]: must be one of tpe"),
    ({}, r"sampler={}: name is missing; must be as in {name:tpe}"),
    (
        {"n_startup_trials": 5},
        "sampler={n_startup_trials:5}: name is missing; must be as in {name:tpe,n_startup_trials:5}",
    ),
    ({"name": "tpe", "n_startup": 3}, r"sampler.n_startup=3: no such setting.*did you mean n_startup_trials\?"),
    ({"name": "tpe", "n_startup_trials": "abc"}, "sampler.n_startup_trials=abc: must be an integer$"),
    ({"name": "tpe", "n_startup_trials": 2.5}, "sampler.n_startup_trials=2.5: must be an integer$"),
    ({"name": "tpe", "n_startup_trials": True}, "sampler.n_startup_trials=true: must be an integer$"),
    ({"name": "tpe", "n_startup_trials": -3}, "sampler.n_startup_trials=-3: must be >= 0$"),
    ({"name": "tpe", "n_ei_candidates": 0}, "sampler.n_ei_candidates=0: must be >= 1$"),
    ({"name": "tpe", "multivariate": 1}, "sampler.multivariate=1: must be true or false or null$"),
    ({"name": "tpe", "gamma": 3}, "sampler.gamma=3: no such setting"),  # a function, which cannot be typed
    ({"name": "cmaes", "popsize": 1}, "sampler.popsize=1: must be >= 4$"),
    ({"name": "nsgaii", "population_size": 1}, "sampler={name:nsgaii,population_size:1}: "),
    ({"name": "random", "seed": -1}, "sampler.seed=-1: must be >= 0$"),
]


@pytest.mark.parametrize(("spec", "says"), SAMPLER_MISTAKES)
def test_a_mistake_in_a_sampler(spec, says):
    with pytest.raises(SettingError, match=f"^{says}"):
        sampler_of(spec, 0, None)


PRUNER_MISTAKES = [
    (3, "pruner=3: must be one of median"),
    ({"name": "median", "n_startup_trials": -1}, "pruner.n_startup_trials=-1: must be >= 0$"),
    ({"name": "median", "n_min_trials": 0}, "pruner={name:median,n_min_trials:0}: "),
    ({"name": "halving", "min_resource": [1]}, r"pruner.min_resource=\[1\]: must be a string or an integer$"),
    ({"name": "hyperband", "max_resource": 0}, "pruner.max_resource=0: must be >= 1$"),
]


@pytest.mark.parametrize(("spec", "says"), PRUNER_MISTAKES)
def test_a_mistake_in_a_pruner(spec, says):
    with pytest.raises(SettingError, match=f"^{says}"):
        pruner_of(spec)


ARGUMENTS = [
    {"name": "tpe", "n_startup_trials": 0, "multivariate": None, "seed": None},
    {"name": "cmaes", "popsize": 4, "inc_popsize": -1, "sigma0": 1},
    {"name": "qmc", "qmc_type": "halton", "scramble": True},
    {"name": "nsgaii", "population_size": 2, "mutation_prob": 0.5},
]


@pytest.mark.parametrize("spec", ARGUMENTS, ids=lambda spec: spec["name"])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_arguments_that_optuna_takes_are_taken(spec):
    assert len(proposals(sampler_of(spec, 0, None), 15).trials) == 15


def test_pruning_may_be_null():
    assert Search(pruner=None).pruner == "none"

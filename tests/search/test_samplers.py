"""Samplers and pruners by name. Their proposals follow from the seed and the trial's number."""

from importlib.util import find_spec

import optuna
import pytest
from optuna import pruners, samplers
from optuna.trial import TrialState

from zerosweep.errors import SettingError
from zerosweep.search import parts
from zerosweep.search.samplers import (
    FAMILIES,
    PRUNERS,
    SAMPLERS,
    PerTrial,
    exhausts,
    name_of,
    pruner_of,
    sampler_of,
)
from zerosweep.search.settings import Search
from zerosweep.search.study import ORPHAN

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

WITHOUT_TORCH = [] if find_spec("torch") else ["gp"]

OPEN = sorted({*SAMPLERS} - {"grid", "brute_force", *WITHOUT_TORCH})
"""The samplers that draw from intervals."""

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


@pytest.mark.parametrize("name", OPEN)
def test_a_seed_decides(name):
    made = [values(proposals(sampler_of(name, seed, None), 15)) for seed in (0, 0, 1)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 10
    assert made[0] != made[2] or name == "qmc"  # whose sequence is the same unless scrambled


@pytest.mark.parametrize("name", ["random", "tpe", "nsgaii", "nsgaiii", "{n_startup_trials: 3}"])
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


WHOLE_PRUNERS = {
    "percentile": {"percentile": 25},
    "threshold": {"lower": -0.5},
    "patient": {"wrapped_pruner": "median", "patience": 2},
}
"""Arguments without which Optuna does not make a pruner."""


@pytest.mark.parametrize("name", PRUNERS)
def test_every_pruner_has_a_name(name):
    made = pruner_of({"name": name, **WHOLE_PRUNERS.get(name, {})})
    assert type(made) is PRUNERS[name]


@pytest.mark.parametrize("kind", ["sampler", "pruner"])
def test_every_class_of_optuna_has_a_name_or_can_be_given_as_a_target(kind):
    family, module = FAMILIES[kind], {"sampler": samplers, "pruner": pruners}[kind]
    concrete = {name for name in module.__all__ if name[0].isupper() and not name.startswith("Base")}
    assert {name.rpartition(".")[2] for name in family.public} == concrete
    assert {issubclass(one, getattr(module, name.rpartition(".")[2])) for name, one in family.public.items()} == {True}
    unnamed = {family.name_of(one) for one in family.public.values()} - {*family.named}
    assert unnamed == ({"PartialFixedSampler"} if kind == "sampler" else set())


def test_a_target_is_the_sampler_of_that_name():
    target = {"_target_": "optuna.samplers.TPESampler", "n_startup_trials": 3}
    named = {"name": "tpe", "n_startup_trials": 3}
    assert values(proposals(sampler_of(target, 5, None), 8)) == values(proposals(sampler_of(named, 5, None), 8))
    assert name_of(target) == "tpe"
    assert isinstance(
        pruner_of({"_target_": "optuna.pruners.PercentilePruner", "percentile": 25}), pruners.PercentilePruner
    )


def test_a_pruner_may_wrap_another():
    inner = {"_target_": "optuna.pruners.SuccessiveHalvingPruner", "min_resource": 3}
    made = pruner_of({"_target_": "optuna.pruners.PatientPruner", "wrapped_pruner": inner, "patience": 4})
    assert (type(made), made._patience) == (pruners.PatientPruner, 4)
    assert (type(made._wrapped_pruner), made._wrapped_pruner._min_resource) == (pruners.SuccessiveHalvingPruner, 3)
    assert pruner_of({"name": "patient", "wrapped_pruner": None, "patience": 1})._wrapped_pruner is None
    assert type(pruner_of({"name": "patient", "wrapped_pruner": "median", "patience": 1})._wrapped_pruner) is (
        pruners.MedianPruner
    )


@pytest.mark.parametrize("seed", [{}, {"seed": 3}])
def test_a_sampler_inside_another_draws_anew_for_each_trial(seed):
    inner = {"_target_": "optuna.samplers.RandomSampler", **seed}
    spec = {"_target_": "optuna.samplers.PartialFixedSampler", "fixed_params": {"n": 7}, "base_sampler": inner}
    made = values(proposals(sampler_of(spec, 0, None), 6))
    assert {n for _, n in made} == {7}
    assert len({x for x, _ in made}) == 6
    plain = values(proposals(sampler_of({"name": "random", **seed}, 0, None), 6))
    assert [x for x, _ in made] == [x for x, _ in plain]


def test_a_missing_package_is_named_before_any_trial(monkeypatch):
    monkeypatch.setattr(parts, "find_spec", lambda package: None)
    for spec in ("gp", {"_target_": "optuna.samplers.GPSampler"}):
        with pytest.raises(SettingError, match=r"^sampler=.*: needs torch, which is not installed: pip install torch$"):
            sampler_of(spec, 0, None)


def conditional(trial):
    """Suggest one of 2·2 + 3 configurations."""
    if trial.suggest_categorical("optimizer", ["momentum", "adam"]) == "momentum":
        trial.suggest_categorical("momentum", [0.5, 0.9])
        trial.suggest_categorical("bn", [True, False])
    else:
        trial.suggest_int("seed", 1, 3)


def test_brute_force_tries_every_configuration_once():
    study = optuna.create_study(sampler=sampler_of("brute_force", 0, None, points=7))
    for _ in range(7):
        trial = study.ask()
        conditional(trial)
        study.tell(trial, 0.5)
    assert len({tuple(trial.params.items()) for trial in study.trials}) == 7


def test_brute_force_is_not_disturbed_by_trials_that_were_never_tried():
    study = optuna.create_study(sampler=sampler_of("brute_force", 0, None, points=7))
    study.enqueue_trial({"optimizer": "adam", "seed": "three"})
    refused = study.ask()
    refused.suggest_categorical("optimizer", ["momentum", "adam"])
    study.tell(refused, state=TrialState.FAIL)
    for drawn in (0, 1):  # of processes that died before they had drawn anything, or all
        orphan = study.ask()
        if drawn:
            orphan.suggest_categorical("optimizer", ["momentum", "adam"])
        orphan.set_user_attr(ORPHAN, True)
        study.tell(orphan, state=TrialState.FAIL)
    for _ in range(7):
        trial = study.ask()
        conditional(trial)
        study.tell(trial, 0.5)
    assert len({tuple(trial.params.items()) for trial in study.trials[3:]}) == 7


def test_what_exhausts_a_space():
    assert [exhausts(spec) for spec in ("grid", {"_target_": "optuna.samplers.BruteForceSampler"}, "tpe")] == [
        True, True, False
    ]  # fmt: skip


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
    ("brute_force", "sampler=brute_force: needs values, ranges or integers"),
    ({"_target_": "pathlib.Path"}, "sampler._target_=pathlib.Path: must be one of optuna.samplers.BruteForceSampler"),
    ({"_target_": "optuna.samplers.TPESampl"}, r".*; did you mean optuna.samplers.TPESampler\?$"),
    ({"_target_": "optuna.samplers.BaseSampler"}, "sampler._target_=optuna.samplers.BaseSampler: must be one of "),
    ({"_target_": "optuna.samplers.nsgaii"}, "sampler._target_=optuna.samplers.nsgaii: must be one of "),
    ({"_target_": "optuna.pruners.NopPruner"}, "sampler._target_=optuna.pruners.NopPruner: must be one of "),
    ({"_target_": ["optuna.samplers.TPESampler"]}, r"sampler._target_=\[optuna.samplers.TPESampler\]: must be one of "),
    ({"_target_": "optuna.samplers.TPESampler", "name": "tpe"}, "sampler.name=tpe: no such setting"),
    (
        {"_target_": "optuna.samplers.PartialFixedSampler", "fixed_params": {}},
        "sampler={_target_:optuna.samplers.PartialFixedSampler,fixed_params:{}}: needs base_sampler as well$",
    ),
    ({"name": "cmaes", "independent_sampler": "rand"}, r"sampler.independent_sampler=rand: .*did you mean random\?$"),
    (
        {"name": "cmaes", "independent_sampler": {"name": "random", "sed": 3}},
        r"sampler.independent_sampler.sed=3: no such setting; random has seed; did you mean seed\?$",
    ),
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
    ("percentile", "pruner=percentile: needs percentile as well$"),
    ({"name": "percentile", "percentile": 101}, "pruner={name:percentile,percentile:101}: Percentile must be between"),
    ("threshold", "pruner=threshold: Either lower or upper must be specified"),
    ({"name": "patient", "patience": 3}, "pruner={name:patient,patience:3}: needs wrapped_pruner as well$"),
    (
        {"name": "patient", "patience": 3, "wrapped_pruner": {"_target_": "os.getcwd"}},
        "pruner.wrapped_pruner._target_=os.getcwd: must be one of optuna.pruners.HyperbandPruner",
    ),
    ({"name": "wilcoxon", "p_threshold": 2}, "pruner={name:wilcoxon,p_threshold:2}: p_threshold must be between"),
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

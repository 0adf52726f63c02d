"""The private parts of Optuna that the project needs do what it expects; another version may change them."""

import ast

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.samplers import CmaEsSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.storages import InMemoryStorage
from optuna.storages.journal import JournalFileOpenLock
from optuna.trial import TrialState
from tests.conftest import PROJECT

from zerosweep.search import optuna_private


@pytest.fixture
def study():
    """Return the second study of a storage, whose ids differ from its numbers."""
    storage = InMemoryStorage()
    optuna.create_study(storage=storage, study_name="first").ask()
    return optuna.create_study(storage=storage, study_name="second", sampler=RandomSampler(seed=0))


def test_the_private_parts_were_checked_with_the_installed_version():
    assert optuna.__version__ == optuna_private.CHECKED_WITH
    assert optuna_private.CHECKED_WITH in optuna_private.__doc__


def test_a_trial_and_its_frozen_copy_have_one_id_by_which_the_storage_knows_them(study):
    trial = study.ask()
    (frozen,) = study.get_trials()

    assert optuna_private.trial_id(trial) == optuna_private.trial_id(frozen) == 1
    assert (trial.number, study._storage.get_trial(1).number) == (0, 0)


def test_a_created_trial_runs_and_has_its_attributes_from_the_start(study):
    trial = optuna_private.created(study, {"owner": "me"})
    (frozen,) = study.get_trials()
    assert (trial.number, frozen.state, frozen.user_attrs) == (0, TrialState.RUNNING, {"owner": "me"})


def test_a_changed_enqueued_value_is_what_the_trial_suggests(study):
    study.enqueue_trial({"lr": "0.5"})
    trial = study.ask()
    assert optuna_private.enqueued_values(trial) == {"lr": "0.5"}

    optuna_private.enqueued_values(trial)["lr"] = 0.5
    assert trial.suggest_float("lr", 0.0, 1.0) == 0.5
    assert optuna_private.enqueued_values(study.ask()) == {}


def test_samplers_take_the_trials_that_were_read_until_the_next_reading(study):
    study.ask()
    assert len(optuna_private.trials_for_a_new_one(study)) == 1
    optuna_private.created(study, {})
    assert len(study._get_trials(deepcopy=False, use_cache=True)) == 1
    assert len(optuna_private.trials_for_a_new_one(study)) == 2


@pytest.mark.parametrize("sampler", [TPESampler, CmaEsSampler, NSGAIISampler])
def test_an_inherited_search_space_is_that_of_all_trials(sampler, study):
    """Also where a setting has left the space, and where a trial is still running."""
    earlier = sampler(seed=0)
    for number in range(6):
        trial = study.ask()
        trial.suggest_float("lr", 0.0, 1.0)
        if number % 2:
            trial.suggest_int("width", 1, 9)
        if number < 4:
            study.tell(trial, 0.5)
        fresh, heir = sampler(seed=0), sampler(seed=0)
        optuna_private.inherit_search_space(heir, earlier)
        found = [one.infer_relative_search_space(study, study.trials[-1]) for one in (fresh, heir)]
        assert found[0] == found[1]
        earlier = heir


@pytest.mark.parametrize(("value", "inside"), [(0.1, True), (1.0, True), (0.09, False), (2.0, False)])
def test_a_distribution_contains_what_lies_within_its_bounds(value, inside):
    assert optuna_private.contains(FloatDistribution(0.1, 1.0), value) == inside


def test_a_lock_of_ours_is_one_that_a_journal_takes():
    assert issubclass(JournalFileOpenLock, optuna_private.BaseJournalFileLock)


def test_no_other_module_uses_a_private_part():
    sources = {file.name: ast.parse(file.read_text()) for file in (PROJECT / "src").rglob("*.py")}
    private = {
        node.attr
        for node in ast.walk(sources.pop("optuna_private.py"))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
    }
    assert private >= {"_trial_id", "_fixed_params"}
    for name, source in sources.items():
        for node in ast.walk(source):
            assert not isinstance(node, ast.Attribute) or node.attr not in private, f"{name}: {node.attr}"
            hidden = (
                isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optuna") and "._" in node.module
            )
            assert not hidden, f"{name} imports {node.module}"

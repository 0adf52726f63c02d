"""The private parts of Optuna that the project needs do what it expects; another version may change them."""

import ast

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.samplers import RandomSampler
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


def test_a_study_has_the_id_by_which_the_storage_knows_it(study):
    assert optuna_private.study_id(study) == study._storage.get_study_id_from_name("second") == 1


def test_a_changed_enqueued_value_is_what_the_trial_suggests(study):
    study.enqueue_trial({"lr": "0.5"})
    trial = study.ask()
    assert optuna_private.enqueued_values(trial) == {"lr": "0.5"}

    optuna_private.enqueued_values(trial)["lr"] = 0.5
    assert trial.suggest_float("lr", 0.0, 1.0) == 0.5
    assert optuna_private.enqueued_values(study.ask()) == {}


def test_after_forgetting_samplers_see_every_trial(study):
    study.ask()
    assert len(study._get_trials(deepcopy=False, use_cache=True)) == 1
    study._storage.create_new_trial(optuna_private.study_id(study))
    assert len(study._get_trials(deepcopy=False, use_cache=True)) == 1

    optuna_private.forget_cached_trials(study)
    assert len(study._get_trials(deepcopy=False, states=(TrialState.RUNNING,), use_cache=True)) == 2


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

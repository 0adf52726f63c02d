"""The private parts of Optuna that the project needs, each behind one name. Checked with Optuna 5.0.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, BruteForceSampler, GridSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.search_space.group_decomposed import _GroupDecomposedSearchSpace
from optuna.storages.journal._file import BaseJournalFileLock
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

__all__ = [
    "CHECKED_WITH",
    "BaseJournalFileLock",
    "SelectiveBruteForceSampler",
    "contains",
    "created",
    "enqueued_values",
    "inherit_search_space",
    "intended_values",
    "trial_id",
    "trials_for_a_new_one",
]

CHECKED_WITH = "5.0.0"
"""The version of Optuna whose private parts were read."""


def trial_id(trial: Trial | FrozenTrial) -> int:
    """Return the trial's id in its storage, which is not its number in the study."""
    return trial._trial_id


def created(study: Study, attributes: Mapping[str, Any]) -> Trial:
    """Return a new running trial, which the storage has with these user attributes from the start.

    It is created through the storage that the study caches, so that its values can be set without another read.
    """
    running = create_trial(state=TrialState.RUNNING, user_attrs=dict(attributes))
    return Trial(study, study._storage.create_new_trial(study._study_id, template_trial=running))


def inherit_search_space(sampler: BaseSampler, other: BaseSampler) -> None:
    """Give a sampler what another one of its class knows of the study's search space.

    Otherwise its first trial reads the distributions of all trials of the study.
    """
    for name, value in vars(other).items():
        if isinstance(value, IntersectionSearchSpace | _GroupDecomposedSearchSpace):
            setattr(sampler, name, value)


def trials_for_a_new_one(study: Study) -> list[FrozenTrial]:
    """Return all trials, read now. Samplers take these for all trials too until the next trial is asked for.

    `Study.ask` drops the list that this thread caches for samplers, and the first of them to need it reads it again.
    """
    study._thread_local.cached_all_trials = None
    return study._get_trials(deepcopy=False, use_cache=True)


def enqueued_values(trial: Trial) -> dict[str, Any]:
    """Return the values that were enqueued for the trial, by setting. Changing the dict changes what is suggested."""
    values: dict[str, Any] = trial._fixed_params
    return values


def intended_values(study: Study, trial: FrozenTrial) -> dict[str, Any]:
    """Return the values that a trial has, and those that it would have got next, by setting.

    The latter are known where the trial was enqueued, or has a point of a grid.
    """
    values: dict[str, Any] = dict(trial.system_attrs.get("fixed_params", {}))
    sampler, space = study.sampler, trial.system_attrs.get("search_space")
    if isinstance(sampler, GridSampler) and space is not None and sampler._same_search_space(space):
        point = trial.system_attrs["grid_id"]
        values |= zip(sampler._param_names, sampler._all_grids[point], strict=True)
    return values | trial.params


def contains(distribution: BaseDistribution, value: Any) -> bool:
    """Return whether the distribution can draw the value."""
    return distribution._contains(distribution.to_internal_repr(value))


class SelectiveBruteForceSampler(BruteForceSampler):
    """Optuna's brute-force sampler, which takes only those trials as tried for which `counts` returns true."""

    @staticmethod
    def counts(trial: FrozenTrial) -> bool:
        """Return whether the configuration of a trial has been tried, or is being tried."""
        raise NotImplementedError

    def _populate_tree(self, tree: Any, trials: list[FrozenTrial], params: dict[str, Any]) -> None:  # type: ignore[override]
        BruteForceSampler._populate_tree(tree, [trial for trial in trials if self.counts(trial)], params)

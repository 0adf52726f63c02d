"""A study: open or create it, and check that this search continues what its trials have begun."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from zerosweep.config.space import Choices, Space
from zerosweep.errors import UserError
from zerosweep.search.storage import close_storage, file_of, open_storage
from zerosweep.search.study import ENDED, counted, distribution
from zerosweep.tracking.params import as_typed

COMMAND, CONSTRAINTS = "command", "constraints"
"""Names of a study's attributes: the latest command that searched it, with secrets masked, and its constraints."""


def open_study(
    storage: BaseStorage,
    name: str,
    directions: Sequence[str],
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner,
    space: Space,
) -> optuna.Study:
    """Open the study of this name, or create it.

    Raises:
        UserError: The study optimises in other directions, or has searched a setting of the space with a
            distribution that differs in more than its bounds.
    """
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        directions=[StudyDirection[direction.upper()] for direction in directions],
        sampler=sampler,
        pruner=pruner,
        load_if_exists=True,
    )
    if [direction.name.lower() for direction in study.directions] != list(directions):
        existing = ", ".join(direction.name.lower() for direction in study.directions)
        raise UserError(f"the study {name} exists with direction {existing}; give another hydra.sweeper.study_name")
    searched = _searched(study)
    for setting, dimension in as_searched(space, study).everywhere().items():
        now = distribution(dimension)
        try:
            check_distribution_compatibility(searched.get(setting, now), now)
        except ValueError:
            found = f"the study {name} has searched {_description(searched[setting])}"
            raise UserError(f"{setting}: {found}; give another hydra.sweeper.study_name") from None
    return study


def describe(study: optuna.Study, metrics: Sequence[str], constraints: Sequence[str], command: str) -> None:
    """Save in the study what it optimises, its constraints, and the latest command that searches it.

    Raises:
        UserError: The study has trials with other metrics or constraints.
    """
    begun = bool(study.get_trials(deepcopy=False, states=ENDED))
    earlier = study.user_attrs.get(CONSTRAINTS, [])
    for name, before, now in (("metric", study.metric_names, metrics), ("constraint", earlier, constraints)):
        if begun and before is not None and sorted(before) != sorted(now):
            found = f"the study {study.study_name} exists with {name} {', '.join(before) or 'none'}"
            raise UserError(f"{found}; give another hydra.sweeper.study_name")
    with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):  # nobody has asked for the feature
        study.set_metric_names([*metrics])
    study.set_user_attr(COMMAND, command)
    if constraints:
        study.set_user_attr(CONSTRAINTS, [*constraints])


def as_searched(space: Space, study: optuna.Study) -> Space:
    """Return the space with choices as text where an earlier version of this program has begun the study with text."""
    searched = _searched(study)
    found = {setting: one for setting, one in space.everywhere().items() if isinstance(one, Choices)}
    return space.with_text(
        {
            setting
            for setting, one in found.items()
            if one != one.as_text and searched.get(setting) == distribution(one.as_text)
        }
    )


def _searched(study: optuna.Study) -> dict[str, BaseDistribution]:
    """Return the distribution from which the study has drawn each setting first."""
    trials = study.get_trials(deepcopy=False)
    return {setting: kind for trial in reversed(trials) for setting, kind in trial.distributions.items()}


def trials_made(url: str, name: str) -> int:
    """Return the number of trials that have ended in the study of this name; 0 without such a study.

    Nothing is created or repaired.
    """
    file = file_of(url)
    if file and not file.exists():
        return 0
    storage = open_storage(url)
    try:
        known = name in optuna.get_all_study_names(storage)
        return counted(optuna.load_study(study_name=name, storage=storage), states=ENDED) if known else 0
    finally:
        close_storage(storage)


def _description(searched: BaseDistribution) -> str:
    """Return a distribution for an error message: its choices, or its kind of numbers."""
    if isinstance(searched, CategoricalDistribution):
        return ",".join(map(as_typed, searched.choices))
    assert isinstance(searched, FloatDistribution | IntDistribution)
    kind = "integers" if isinstance(searched, IntDistribution) else "numbers"
    return f"{kind}{' on a log scale' if searched.log else ''}"

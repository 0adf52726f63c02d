"""One study: opened again where it was left, with the trials that a killed process left open put back in the queue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic, sleep

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from zerosweep.config.grid import MOST_RUNS
from zerosweep.config.space import Choices, Dimension, Space, Value
from zerosweep.errors import UserError
from zerosweep.sweep.search.storage import Owner, file_of, open_storage

OWNER, ORPHAN, RUN_ID, RETRY_OF, SAMPLER = "owner", "orphan", "run_id", "retry_of", "sampler"
"""Names under which a trial keeps: the process that runs it; whether it counts for nothing, as that process died; its run in
MLflow; the trial it repeats; the name of the sampler, which may change from one command to the next."""

BEGUN = timedelta(seconds=10)
"""After so long a trial that nobody owns has lost its process between being asked for and being owned."""

ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


def open_study(
    storage: BaseStorage,
    name: str,
    directions: Sequence[str],
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner,
    space: Space,
) -> optuna.Study:
    """The study of this name, made if there is none; one that optimises something else, or has searched a setting of the space in
    another way than by other bounds, is a `UserError`."""
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        directions=[StudyDirection[direction.upper()] for direction in directions],
        sampler=sampler,
        pruner=pruner,
        load_if_exists=True,
    )
    if [direction.name.lower() for direction in study.directions] != list(directions):
        kept = ", ".join(direction.name.lower() for direction in study.directions)
        raise UserError(f"the study {name} exists with direction {kept}; give another hydra.sweeper.study_name")
    trials = study.get_trials(deepcopy=False)
    searched = {setting: one for trial in reversed(trials) for setting, one in trial.distributions.items()}
    for setting, dimension in space.everywhere().items():
        now = distribution(dimension)
        try:
            check_distribution_compatibility(searched.get(setting, now), now)
        except ValueError:
            how = f"the study {name} has searched {_shown(searched[setting])}; give another hydra.sweeper.study_name"
            raise UserError(f"{setting}: {how}") from None
    return study


def known_study(url: str, name: str) -> optuna.Study | None:
    """The study of this name as it stands, where there is one; nothing is made."""
    file = file_of(url)
    if file and not file.exists():
        return None
    storage = open_storage(url)
    names = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=name, storage=storage) if name in names else None


def _shown(searched: BaseDistribution) -> str:
    if isinstance(searched, CategoricalDistribution):
        return ",".join(map(str, searched.choices))
    assert isinstance(searched, FloatDistribution | IntDistribution)
    kind = "whole numbers" if isinstance(searched, IntDistribution) else "numbers"
    return f"{kind}{' by orders of magnitude' if searched.log else ''}"


def requeue_orphans(study: optuna.Study, storage: BaseStorage, owner: Owner) -> list[FrozenTrial]:
    """Fail the trials whose process on this machine died, or whose it is but are not being run, and put their parameters back in
    the queue. owner: of the study, this process."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    orphans = [trial for trial in running if _orphaned(trial, owner)]
    for trial in orphans:
        storage.set_trial_user_attr(trial._trial_id, ORPHAN, True)
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})
    return orphans


def await_owners(study: optuna.Study) -> None:
    """Wait until every trial is owned by somebody, or has been without an owner for so long that it is an orphan; at most for
    that long, as another machine's clock may be ahead."""
    end = monotonic() + BEGUN.total_seconds()

    def unclear(trial: FrozenTrial) -> bool:
        return OWNER not in trial.user_attrs and not _lost(trial)

    while monotonic() < end and any(map(unclear, study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))):
        sleep(0.2)


def _orphaned(trial: FrozenTrial, owner: Owner) -> bool:
    name = trial.user_attrs.get(OWNER)
    return owner.may_close(name or "") or (name is None and _lost(trial))


def _lost(trial: FrozenTrial) -> bool:
    """Whether a trial without an owner has waited for one too long."""
    began = trial.datetime_start
    return began is not None and datetime.now() - began > BEGUN


def counted(
    study: optuna.Study, before: float = math.inf, states: Sequence[TrialState] = (*ENDED, TrialState.RUNNING)
) -> int:
    """Trials that count towards n_trials: all that ended, and those at work elsewhere, but not those whose process died. before: of
    those with a lesser number; states: of those in one of them."""
    trials = study.get_trials(deepcopy=False, states=tuple(states))
    return sum(not trial.user_attrs.get(ORPHAN) and trial.number < before for trial in trials)


def ask(study: optuna.Study, storage: BaseStorage, owner: Owner, total: int) -> Trial | None:
    """A trial to run; None where `total` trials have been asked for, by all processes together.

    Two processes may both see that one trial is missing, and both ask: the one with the greater number gives way."""
    if counted(study) >= total:
        return None
    trial = study.ask()
    trial.set_user_attr(OWNER, owner.name)
    if counted(study, trial.number) < total:
        return trial
    storage.set_trial_user_attr(trial._trial_id, ORPHAN, True)
    study.tell(trial, state=TrialState.FAIL)
    return None


def suggest(trial: Trial, space: Space) -> dict[str, Value]:
    """Values for a trial: of the groups first, then of the settings that these options have."""
    chosen = {name: str(_suggest(trial, name, choices)) for name, choices in space.groups().items()}
    rest = {name: _suggest(trial, name, dimension) for name, dimension in space.within(chosen).items()}
    return chosen | rest


def _suggest(trial: Trial, name: str, dimension: Dimension) -> Value:
    kind = distribution(dimension)
    if isinstance(kind, CategoricalDistribution):
        return str(trial.suggest_categorical(name, kind.choices))
    if isinstance(kind, IntDistribution):
        return trial.suggest_int(name, kind.low, kind.high, step=kind.step, log=kind.log)
    assert isinstance(kind, FloatDistribution)
    return trial.suggest_float(name, kind.low, kind.high, step=kind.step, log=kind.log)


def distribution(dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        step = 1 if dimension.step is None else int(dimension.step)
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def grid_of(space: Space) -> Mapping[str, Sequence[Value]] | None:
    """All values of every setting; None where one has too many for a list, or no end of them, or where they differ from option to option."""
    found: dict[str, Sequence[Value]] = {name: choices.values for name, choices in space.groups().items()}
    everywhere = [space.within(chosen) for chosen in space.combinations()]
    if any(one != everywhere[0] for one in everywhere):
        return None
    for name, dimension in everywhere[0].items():
        if isinstance(dimension, Choices):
            found[name] = dimension.values
        elif dimension.step is not None:
            count = round((dimension.high - dimension.low) / dimension.step) + 1
            if count > MOST_RUNS:
                return None
            points = [dimension.low + i * dimension.step for i in range(count)]
            found[name] = [int(point) for point in points] if dimension.whole else points
        else:
            return None
    return found

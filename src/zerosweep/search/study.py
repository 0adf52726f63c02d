"""One study: opened again where it was left, with the trials that a killed process left open put back in the queue."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic, sleep

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from zerosweep import interruption
from zerosweep.config.grid import MOST_RUNS
from zerosweep.config.space import Choices, Dimension, Space, Value
from zerosweep.errors import UserError
from zerosweep.search.enqueued import fitted, refuse_unused
from zerosweep.search.owner import Owner
from zerosweep.search.storage import close_storage, file_of, open_storage

OWNER, ORPHAN, RUN_ID, RETRY_OF, SAMPLER = "owner", "orphan", "run_id", "retry_of", "sampler"
"""Names under which a trial keeps: the process that runs it; whether it counts for nothing, as that process died; its run in
MLflow; the trial it repeats; the name of the sampler, which may change from one command to the next."""

POLL_SECONDS = 0.5
"""How often to look whether another process that searches the study has ended its trials, or has died at them."""

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


def trials_made(url: str, name: str) -> int:
    """Trials that have ended in the study of this name; 0 where there is no such study. Nothing is made or repaired."""
    file = file_of(url)
    if file and not file.exists():
        return 0
    storage = open_storage(url)
    try:
        known = name in optuna.get_all_study_names(storage)
        return counted(optuna.load_study(study_name=name, storage=storage), states=ENDED) if known else 0
    finally:
        close_storage(storage)


def _shown(searched: BaseDistribution) -> str:
    if isinstance(searched, CategoricalDistribution):
        return ",".join(map(str, searched.choices))
    assert isinstance(searched, FloatDistribution | IntDistribution)
    kind = "whole numbers" if isinstance(searched, IntDistribution) else "numbers"
    return f"{kind}{' by orders of magnitude' if searched.log else ''}"


def requeue_orphans(study: optuna.Study, storage: BaseStorage, owner: Owner) -> list[FrozenTrial]:
    """Fail the trials of processes that died, and those of this process that it does not run, and put their parameters back in
    the queue. A trial that somebody else asked for, as in a program of their own, has no owner and is left alone.

    Args:
        owner: This process.
    """
    orphans = []
    for trial in _running(study):
        if OWNER not in trial.user_attrs or not owner.may_close(trial.user_attrs[OWNER]):
            continue
        try:
            storage.set_trial_user_attr(trial._trial_id, ORPHAN, True)
            storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:  # another process found it too, and was faster
            continue
        orphans.append(trial)
        if trial.params:
            study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})
    return orphans


def rounds(study: optuna.Study, storage: BaseStorage, owner: Owner, deadline: float) -> Iterator[None]:
    """Yield whenever there may be trials to make: at first, and after another process on this machine died at its own.

    It ends when no such process is at a trial, or at the `deadline`, in seconds of `time.monotonic`.
    """
    yield
    while monotonic() < deadline:
        if requeue_orphans(study, storage, owner):
            yield
        elif any(owner.sees_alive(trial.user_attrs.get(OWNER) or "") for trial in _running(study)):
            sleep(POLL_SECONDS)
            interruption.check()
        else:
            return


def _running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


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
    trial = _ask(study, storage, owner)
    if counted(study, trial.number) < total:
        return trial
    storage.set_trial_user_attr(trial._trial_id, ORPHAN, True)
    study.tell(trial, state=TrialState.FAIL)
    return None


def _ask(study: optuna.Study, storage: BaseStorage, owner: Owner) -> Trial:
    """Do what `Study.ask` does, but so that the trial has its owner from the first moment: one that is running and has none is
    not ours."""
    study._thread_local.cached_all_trials = None
    for waiting in study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        if _taken(storage, waiting._trial_id, owner):
            return Trial(study, waiting._trial_id)
    running = create_trial(state=TrialState.RUNNING, user_attrs={OWNER: owner.name})
    return Trial(study, storage.create_new_trial(study._study_id, template_trial=running))


def _taken(storage: BaseStorage, trial_id: int, owner: Owner) -> bool:
    """Take a trial out of the queue, which other programs use as well; whether it was there still."""
    try:
        storage.set_trial_user_attr(trial_id, OWNER, owner.name)
        if storage.set_trial_state_values(trial_id, TrialState.RUNNING):
            storage.set_trial_user_attr(trial_id, OWNER, owner.name)  # another may have written its name in between
            return True
        if storage.get_trial(trial_id).user_attrs.get(OWNER) == owner.name:
            storage.set_trial_user_attr(trial_id, OWNER, "")
    except UpdateFinishedTrialError:
        pass
    return False


def suggest(trial: Trial, space: Space) -> dict[str, Value]:
    """Values for a trial: of the groups first, then of the settings that these options have. Values that somebody has enqueued and
    that the search cannot take are a `UserError`."""
    chosen = {name: str(_suggest(trial, name, choices)) for name, choices in space.groups().items()}
    rest = {name: _suggest(trial, name, dimension) for name, dimension in space.within(chosen).items()}
    if RETRY_OF not in trial.user_attrs:  # whose space may have had more
        refuse_unused(trial, chosen | rest)
    return chosen | rest


def _suggest(trial: Trial, name: str, dimension: Dimension) -> Value:
    if name in trial._fixed_params:
        trial._fixed_params[name] = fitted(name, trial._fixed_params[name], dimension)
    kind = distribution(dimension)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # an enqueued value may be out of bounds
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

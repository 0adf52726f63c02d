"""The trials of a study: ask for them, draw their values, and requeue those of processes that were killed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from time import monotonic, sleep

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from zerosweep import interruption
from zerosweep.config.space import Choices, Dimension, Space, Value
from zerosweep.search.enqueued import fitted, refuse_unused
from zerosweep.search.optuna_private import enqueued_values, forget_cached_trials, intended_values, study_id, trial_id
from zerosweep.search.owner import Owner

OWNER, ORPHAN, RUN_ID, RETRY_OF, SAMPLER = "owner", "orphan", "run_id", "retry_of", "sampler"
"""Names of a trial's attributes.

- owner: name of the process that runs the trial.
- orphan: true if that process died, or its machine failed; the trial then does not count.
- run_id: id of its run in MLflow.
- retry_of: number of the orphan that it repeats.
- sampler: name of its sampler, which may change between commands.
"""

POLL_SECONDS = 0.5
"""Seconds between two checks whether the other processes that search the study have ended their trials or have died."""

ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
"""The states of a trial that has ended."""


def requeue_orphans(study: optuna.Study, storage: BaseStorage, owner: Owner) -> list[FrozenTrial]:
    """Fail the running trials that no process runs any more, and enqueue their parameters again.

    These are the trials of processes that died, and those that this process asked for and does not run. A trial
    without an owner was asked for by another program, and is left alone.

    Args:
        owner: This process.

    Returns:
        The trials that were failed.
    """
    orphans = []
    for trial in _running(study):
        if OWNER not in trial.user_attrs or not owner.may_close(trial.user_attrs[OWNER]):
            continue
        try:
            storage.set_trial_user_attr(trial_id(trial), ORPHAN, True)
            storage.set_trial_state_values(trial_id(trial), TrialState.FAIL)
        except UpdateFinishedTrialError:  # another process has failed it first
            continue
        orphans.append(trial)
        enqueue_again(study, trial)
    return orphans


def enqueue_again(study: optuna.Study, orphan: FrozenTrial) -> None:
    """Enqueue the values of a trial that does not count, unless it ended before it had any."""
    if values := intended_values(study, orphan):
        study.enqueue_trial(values, user_attrs={RETRY_OF: orphan.number})


def rounds(study: optuna.Study, storage: BaseStorage, owner: Owner, deadline: float) -> Iterator[None]:
    """Yield whenever there may be trials to run: once at first, and each time that orphans were requeued.

    The iteration waits while another process on this machine runs trials of the study, as it may die and leave them.

    Args:
        owner: This process.
        deadline: When to stop waiting, in seconds of `time.monotonic`.
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
    """Return the number of trials that count towards n_trials, which leaves out orphans.

    Args:
        before: Count only trials with smaller numbers than this.
        states: Count only trials in one of these states.
    """
    trials = study.get_trials(deepcopy=False, states=tuple(states))
    return sum(not trial.user_attrs.get(ORPHAN) and trial.number < before for trial in trials)


def ask(study: optuna.Study, storage: BaseStorage, owner: Owner, total: int) -> Trial | None:
    """Return a new trial to run; None where all processes together have asked for `total` trials.

    Two processes may both find one trial missing, and both ask. The trial with the greater number is then given up.
    """
    if counted(study) >= total:
        return None
    trial = _ask(study, storage, owner)
    if counted(study, trial.number) < total:
        return trial
    storage.set_trial_user_attr(trial_id(trial), ORPHAN, True)
    study.tell(trial, state=TrialState.FAIL)
    return None


def _ask(study: optuna.Study, storage: BaseStorage, owner: Owner) -> Trial:
    """Do what `Study.ask` does, but create the trial with its owner.

    A running trial without an owner would be taken for one of another program if this process died now.
    """
    forget_cached_trials(study)
    for waiting in study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        if _take(storage, trial_id(waiting), owner):
            return Trial(study, trial_id(waiting))
    running = create_trial(state=TrialState.RUNNING, user_attrs={OWNER: owner.name})
    return Trial(study, storage.create_new_trial(study_id(study), template_trial=running))


def _take(storage: BaseStorage, waiting: int, owner: Owner) -> bool:
    """Take the trial with the id `waiting` out of the queue, unless another program has just taken it.

    Returns:
        Whether this process has the trial.
    """
    try:
        storage.set_trial_user_attr(waiting, OWNER, owner.name)
        if storage.set_trial_state_values(waiting, TrialState.RUNNING):
            storage.set_trial_user_attr(waiting, OWNER, owner.name)  # another may have written its name in between
            return True
        if storage.get_trial(waiting).user_attrs.get(OWNER) == owner.name:
            storage.set_trial_user_attr(waiting, OWNER, "")
    except UpdateFinishedTrialError:
        pass
    return False


def suggest(trial: Trial, space: Space) -> dict[str, Value]:
    """Draw a trial's values: first the option of each group, then the settings that these options have.

    Raises:
        UserError: A person has enqueued a value that does not fit the space.
    """
    chosen = {name: str(_suggest(trial, name, choices)) for name, choices in space.groups().items()}
    rest = {name: _suggest(trial, name, dimension) for name, dimension in space.within(chosen).items()}
    if RETRY_OF not in trial.user_attrs:  # the values of an orphan may come from a larger space
        refuse_unused(trial, chosen | rest)
    return chosen | rest


def _suggest(trial: Trial, name: str, dimension: Dimension) -> Value:
    """Draw the trial's value of one setting, or return the enqueued one."""
    enqueued = enqueued_values(trial)
    if name in enqueued:
        enqueued[name] = fitted(name, enqueued[name], dimension)
    kind = distribution(dimension)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # about enqueued values out of bounds
        if isinstance(kind, CategoricalDistribution):
            return trial.suggest_categorical(name, kind.choices)
        if isinstance(kind, IntDistribution):
            return trial.suggest_int(name, kind.low, kind.high, step=kind.step, log=kind.log)
        assert isinstance(kind, FloatDistribution)
        return trial.suggest_float(name, kind.low, kind.high, step=kind.step, log=kind.log)


def distribution(dimension: Dimension) -> BaseDistribution:
    """Return the distribution from which Optuna draws values of the dimension."""
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        step = 1 if dimension.step is None else int(dimension.step)
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)

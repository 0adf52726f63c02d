"""The trials of a study: ask for them, draw their values, and requeue those of processes that were killed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from zerosweep import interruption
from zerosweep.config.space import Choices, Dimension, Space, Value
from zerosweep.search.enqueued import fitted, refuse_unused
from zerosweep.search.optuna_private import (
    created,
    enqueued_values,
    intended_values,
    trial_id,
    trials_for_a_new_one,
)
from zerosweep.search.owner import Owner

OWNER, ORPHAN, LATER, RUN_ID = "owner", "orphan", "later", "run_id"
RETRY_OF, SAMPLER, WARM = "retry_of", "sampler", "warm"
"""Names of a trial's attributes.

- owner: name of the process that runs the trial.
- orphan: true if that process died, or its machine failed; the trial then does not count.
- later: true if its machine failed; the next command repeats it.
- run_id: id of its run in MLflow.
- retry_of: number of the orphan that it repeats.
- sampler: name of its sampler, which may change between commands.
- warm: true if a warm start has made it of a recorded run; the trial then does not count.
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


def requeue_left_for_later(study: optuna.Study) -> None:
    """Enqueue the values of trials that failed with their machine under an earlier command, unless that was done."""
    trials = study.get_trials(deepcopy=False)
    repeated = {trial.user_attrs.get(RETRY_OF) for trial in trials}
    for trial in trials:
        if trial.user_attrs.get(LATER) and trial.number not in repeated:
            enqueue_again(study, trial)


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


def counted(study: optuna.Study, states: Sequence[TrialState] = (*ENDED, TrialState.RUNNING)) -> int:
    """Return the number of trials in one of these states that count towards n_trials, as `counts` has it."""
    return sum(map(counts, study.get_trials(deepcopy=False, states=tuple(states))))


def counts(trial: FrozenTrial) -> bool:
    """Return whether a trial counts towards n_trials: it is not waiting, no orphan, and not of a warm start."""
    attributes = trial.user_attrs
    return trial.state != TrialState.WAITING and not attributes.get(ORPHAN) and not attributes.get(WARM)


def ask(
    study: optuna.Study,
    storage: BaseStorage,
    owner: Owner,
    total: int,
    attributes: Mapping[str, Any] = MappingProxyType({}),
) -> Trial | None:
    """Return a new trial to run; None where all processes together have asked for `total` trials.

    This is what `Study.ask` does, except that the trial has an owner from the start: a running trial without one would
    be taken for that of another program if this process died now.

    All trials are read once, for the count and for the sampler. Where another process may have asked in between they
    are read again: both may have found one trial missing. The trial with the greater number is then given up.

    Args:
        attributes: Further attributes of the trial.
    """
    trials = trials_for_a_new_one(study)
    if sum(map(counts, trials)) >= total:
        return None
    waiting = [trial_id(trial) for trial in trials if trial.state == TrialState.WAITING]
    taken = next((found for found in waiting if _take(storage, found, owner)), None)
    if taken is None:
        trial = created(study, {OWNER: owner.name, **attributes})
    else:
        trial = Trial(study, taken)
        for name, value in attributes.items():
            trial.set_user_attr(name, value)
    if not waiting and trial.number == len(trials):
        return trial
    before = (one for one in study.get_trials(deepcopy=False) if one.number < trial.number)
    if sum(map(counts, before)) < total:
        return trial
    storage.set_trial_user_attr(trial_id(trial), ORPHAN, True)
    study.tell(trial, state=TrialState.FAIL)
    return None


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

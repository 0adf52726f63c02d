"""A warm start: recorded runs of the searched space become trials that the sampler and the pruner learn from."""

from __future__ import annotations

from dataclasses import fields, replace

import optuna
from optuna.trial import FrozenTrial, TrialState

from zerosweep.config.space import Space
from zerosweep.errors import SettingError, UserError
from zerosweep.jobs.job import job_of
from zerosweep.runs.description import PRUNED
from zerosweep.runs.identity import Identity
from zerosweep.search.parts import Spec
from zerosweep.search.rebuild import Rebuilder
from zerosweep.search.samplers import exhausts, name_of
from zerosweep.search.study import RUN_ID, WARM
from zerosweep.tracking.record import find
from zerosweep.tracking.recorded import Recorded

FINISHED = "attributes.status = 'FINISHED' and tags.role = 'run'"
"""The filter of runs that may become trials."""

RECORD = "record"
"""What stands for the sampler of trials that a warm start has added."""


def refuse_idle(warm: bool, sampler: Spec) -> None:
    """Raise a `SettingError` for a warm start with a sampler that tries every configuration, whatever it learns."""
    if warm and exhausts(sampler):
        allowed = f"must be false with sampler={name_of(sampler)}, which tries all; recorded runs answer its trials"
        raise SettingError("warm_start", "true", allowed)


def warm_start(study: optuna.Study, rebuilder: Rebuilder) -> int:
    """Add a complete trial for each recorded run that a trial of this search would have repeated.

    Such a run is finished, was not pruned and has a value of each objective. Its values lie in the space, and all else
    is as in this search, its code and its data included. Of equal runs the latest becomes a trial, unless the study has
    one of them. The trials do not count towards `n_trials`.

    Returns:
        The number of added trials.
    """
    rebuilder = replace(rebuilder, sampler=RECORD, beyond=False)
    runs = find(rebuilder.store.client, [rebuilder.store.id], FINISHED)
    known = {trial.user_attrs.get(RUN_ID) for trial in study.get_trials(deepcopy=False)}
    met = {_identity(run) for run in runs if run.run_id in known}
    before = len(met)
    for run in runs:
        recorded = _identity(run)
        if recorded in met or not run.verdict or PRUNED in run.tags:
            continue
        trial = rebuilder.trial(run)
        if trial is not None and trial.state == TrialState.COMPLETE and _repeats(trial, rebuilder.space, recorded):
            trial.user_attrs = {**trial.user_attrs, WARM: True}
            study.add_trial(trial)
            met.add(recorded)
    return len(met) - before


def _identity(run: Recorded) -> Identity:
    """Return the identity that a run was recorded with."""
    return Identity(*(run.tags.get(field.name, "") for field in fields(Identity)))


def _repeats(trial: FrozenTrial, space: Space, recorded: Identity) -> bool:
    """Return whether a trial with these values would make a run of the recorded identity."""
    try:
        return job_of(0, space.job(trial.params, 0)).identity == recorded
    except UserError:  # the values do not go together with what is fixed in this search
        return False

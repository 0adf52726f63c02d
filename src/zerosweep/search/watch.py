"""What a worker does for a search: report each evaluation, and ask whether the run is worth going on with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from multiprocessing.util import Finalize
from typing import Any

import optuna
from optuna.storages import BaseStorage

from zerosweep.runs.run import Watch
from zerosweep.search.database import PATIENCE
from zerosweep.search.samplers import pruner_of
from zerosweep.search.storage import close_storage, open_storage
from zerosweep.training.records import Evaluation

_kept: dict[str, BaseStorage] = {}
"""The storage of the search that this process works for, by the search's id."""


@dataclass(frozen=True)
class WatchedTrial:
    """The trial of a job, as its worker needs it.

    Attributes:
        storage: URL of the study's storage.
        study: Name of the study.
        id: The trial's id in the storage.
        metric: The metric that is reported.
        pruner: The pruner, as `samplers.pruner_of` takes it.
        command: An id of the search; a worker keeps one storage open for each.
    """

    storage: str
    study: str
    id: int
    metric: str
    pruner: Any
    command: str

    def watch(self) -> Watch:
        return watching(self)


def watching(trial: WatchedTrial) -> Watch:
    """Reports the trial's metric to its study; says to stop where the pruner does, which is not kept with a study."""
    storage, pruner = _kept_open(trial), pruner_of(trial.pruner)
    study = optuna.load_study(study_name=trial.study, storage=storage, pruner=pruner)

    def watch(evaluation: Evaluation) -> bool:
        value = evaluation.metrics.get(trial.metric)
        if value is None:  # overflowed; the run will diverge, or come back
            return False
        storage.set_trial_intermediate_value(trial.id, evaluation.step, value)
        return pruner.prune(study, storage.get_trial(trial.id))

    return watch


def _kept_open(trial: WatchedTrial) -> BaseStorage:
    """The storage of the trial's search, opened once in a process and closed when the process ends or works for another search."""
    if trial.command not in _kept:
        _close()
        _close_at_exit()
        _kept[trial.command] = open_storage(trial.storage, patience=PATIENCE)
    return _kept[trial.command]


@cache
def _close_at_exit() -> None:
    Finalize(None, _close, exitpriority=0)  # worker processes do not run what `atexit` has


def _close() -> None:
    while _kept:
        close_storage(_kept.popitem()[1])

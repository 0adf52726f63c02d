"""The part of a search that runs in a worker: report each evaluation to the study, and stop if the pruner says so."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from multiprocessing.util import Finalize
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage

from zerosweep.runs.lines import PRUNED_BY
from zerosweep.runs.run import Watch
from zerosweep.search.database import PATIENCE
from zerosweep.search.pruning import DiagnosisPruner
from zerosweep.search.samplers import name_of, pruner_of
from zerosweep.search.storage import close_storage, open_storage
from zerosweep.training.records import History
from zerosweep.training.remedy import Setup

_open_studies: dict[str, tuple[BaseStorage, optuna.Study]] = {}
"""The storage and the study of the search that this process works for, by the id of its command; at most one.

The study caches the trials that have ended, so each of them is read once.
"""


@dataclass(frozen=True)
class WatchedTrial:
    """The trial of a job: a plain value that travels to the worker and watches the run there.

    Attributes:
        storage: URL of the study's storage.
        study: Name of the study.
        id: The trial's id in the storage.
        metric: The metric that is reported to the study.
        pruner: The pruner's setting, as `samplers.pruner_of` takes it. A study does not store its pruner.
        command: A unique id of the search's command. A worker keeps one storage open for each.
        setup: The settings of the run that its diagnosis depends on; None for a trainable, which has no diagnosis.
        steps: The number of steps of the run; None if it is not known.
    """

    storage: str
    study: str
    id: int
    metric: str
    pruner: Any
    command: str
    setup: Setup | None
    steps: int | None

    def watch(self) -> Watch:
        """Return a function that reports an evaluation and returns the reason if the pruner stops the run there.

        The reason is the finding of the diagnosis, or the name of the pruner. The trial gets it as an attribute.
        """
        storage, study = _study_of(self)
        pruner = study.pruner

        def watch(history: History) -> str | None:
            evaluation, reason = history.evaluations[-1], None
            value = evaluation.metrics.get(self.metric)
            if isinstance(pruner, DiagnosisPruner) and self.setup:
                reason = pruner.hopeless(history, self.setup, self.steps)
            if evaluation.step and value is not None:  # without one it overflowed: the run diverges soon or recovers
                storage.set_trial_intermediate_value(self.id, evaluation.step, value)
                if reason is None and pruner.prune(study, storage.get_trial(self.id)):
                    reason = name_of(self.pruner, "pruner")
            if reason is not None:
                storage.set_trial_user_attr(self.id, PRUNED_BY, reason)
            return reason

        return watch


def _study_of(trial: WatchedTrial) -> tuple[BaseStorage, optuna.Study]:
    """Return the storage and the study of the trial's search, whose pruner is that of the search.

    A process opens them once. The storage is closed when the process ends or works for another search.
    """
    if trial.command not in _open_studies:
        _close()
        _close_at_exit()
        with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):  # the command has shown them
            pruner = pruner_of(trial.pruner)
        storage = open_storage(trial.storage, patience=PATIENCE)
        try:
            study = optuna.load_study(study_name=trial.study, storage=storage, pruner=pruner)
        except BaseException:
            close_storage(storage)
            raise
        _open_studies[trial.command] = storage, study
    return _open_studies[trial.command]


@cache
def _close_at_exit() -> None:
    """Close the open storage when this process ends."""
    Finalize(None, _close, exitpriority=0)  # worker processes do not call the functions that `atexit` has registered


def _close() -> None:
    while _open_studies:
        close_storage(_open_studies.popitem()[1][0])

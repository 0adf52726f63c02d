"""What a worker does for a search: report each evaluation, and ask whether the run is worth going on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import optuna

from zerosweep.runs.run import Watch
from zerosweep.search.samplers import pruner_of
from zerosweep.search.storage import open_storage
from zerosweep.training.records import Evaluation


@dataclass(frozen=True)
class WatchedTrial:
    """The trial of a job, as its worker needs it.

    Attributes:
        storage: URL of the study's storage.
        study: Name of the study.
        id: The trial's id in the storage.
        metric: The metric that is reported.
        pruner: The pruner, as `samplers.pruner_of` takes it.
    """

    storage: str
    study: str
    id: int
    metric: str
    pruner: Any

    def watch(self) -> Watch:
        return watching(self)


def watching(trial: WatchedTrial) -> Watch:
    """Reports the trial's metric to its study; says to stop where the pruner does, which is not kept with a study."""
    storage, pruner = open_storage(trial.storage), pruner_of(trial.pruner)
    study = optuna.load_study(study_name=trial.study, storage=storage, pruner=pruner)

    def watch(evaluation: Evaluation) -> bool:
        value = evaluation.metrics.get(trial.metric)
        if value is None:  # overflowed; the run will diverge, or come back
            return False
        storage.set_trial_intermediate_value(trial.id, evaluation.step, value)
        return pruner.prune(study, storage.get_trial(trial.id))

    return watch

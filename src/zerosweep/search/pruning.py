"""A pruner that stops trials whose diagnosis says that they cannot learn, and asks another pruner about the rest.

Ties with the median are not pruned, so the trials of a search that sit at the accuracy of guessing protect one another
from the median pruner to the end. What is wrong with them is recorded from the first evaluation on.
"""

from __future__ import annotations

from optuna.pruners import BasePruner, MedianPruner
from optuna.study import Study
from optuna.trial import FrozenTrial

from zerosweep.training.diagnosis import failed_layer
from zerosweep.training.records import History
from zerosweep.training.remedy import Setup
from zerosweep.training.verdict import at_chance


class DiagnosisPruner(BasePruner):
    """Stop a trial at chance with a layer that has failed, and ask another pruner about every other trial.

    A trial is stopped at an evaluation if it is hopeless there and was hopeless at the `patience` - 1 evaluations
    before. It is hopeless if its training accuracy is that of guessing and the diagnosis of the run so far (see
    `zerosweep.training.diagnosis`) finds a hidden layer dead, collapsed or saturated.

    Trials of a task without classes, and of a trainable, are left to the other pruner.

    Args:
        patience: The number of evaluations in a row, that before the first update included, >= 1.
        wrapped_pruner: The pruner for the rest; None for Optuna's median pruner.
    """

    def __init__(self, patience: int = 3, wrapped_pruner: BasePruner | None = None):
        if patience < 1:
            raise ValueError("patience must be >= 1")
        self._patience = patience
        self._other = wrapped_pruner or MedianPruner()

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Return whether the other pruner stops the trial."""
        return self._other.prune(study, trial)

    def hopeless(self, history: History, setup: Setup) -> str | None:
        """Return why a run cannot learn, as in "hidden5 collapsed from step 0"; None where it may.

        Args:
            history: The records of the run so far, the last of them an evaluation.
            setup: The settings of the run that a diagnosis depends on.
        """
        seen = history.evaluations[-self._patience :]
        if len(seen) < self._patience or not all(
            at_chance(each.metrics.get("train/accuracy"), history.classes) for each in seen
        ):
            return None
        failed = failed_layer(history, setup)
        return failed.short if failed and failed.step <= seen[0].step else None

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

PROPORTIONAL = ("sgd", "momentum", "nesterov")
"""Optimizers whose updates are proportional to the gradient, so that they stand still where it vanishes.

The others divide by the size of past gradients. They move however small the gradient is, and bring networks back whose
signal has vanished to 1e-13.
"""

GROWTH = 1e-3
"""A collapsed layer may recover if its signal grows by more than this fraction while the pruner waits.

In 250 random runs the slowest that learned in the end, with momentum, had grown by 3 % over a tenth of the run. Where
the gradient has vanished too, the signal keeps its value to many digits.
"""


class DiagnosisPruner(BasePruner):
    """Stop a trial at chance with a layer that has failed for good, and ask another pruner about every other trial.

    A trial is stopped if all of this holds at each evaluation of the last `patience` of the run:

    - The training accuracy is that of guessing.
    - The diagnosis of the run so far (`zerosweep.training.diagnosis`) finds the same hidden layer at fault: all of its
      units are dead; or it has collapsed, its signal has grown by no more than `GROWTH`, and the optimizer is one of
      `PROPORTIONAL`.

    A saturated layer is no reason to stop, as many of them recover. Tasks without classes, and trainables, are left to
    the other pruner.

    Args:
        patience: The fraction of the run's steps for which a trial is watched before it is stopped, in (0, 1].
        wrapped_pruner: The pruner for the rest; None for Optuna's median pruner.
    """

    def __init__(self, patience: float = 0.1, wrapped_pruner: BasePruner | None = None):
        if not 0 < patience <= 1:
            raise ValueError("patience must be > 0 and <= 1")
        self._patience = patience
        self._other = wrapped_pruner or MedianPruner()

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Return whether the other pruner stops the trial."""
        return self._other.prune(study, trial)

    def hopeless(self, history: History, setup: Setup, steps: int | None) -> str | None:
        """Return why a run cannot learn, as in "hidden5 collapsed from step 0"; None where it may.

        Args:
            history: The records of the run so far, the last of them an evaluation.
            setup: The settings of the run that a diagnosis depends on.
            steps: The number of steps of the whole run; None if it is not known.
        """
        last = history.evaluations[-1]
        begin = last.step - self._patience * (steps or 0)
        if not steps or begin < 0 or not at_chance(last, history.classes):
            return None
        failed = failed_layer(history, setup)
        if failed is None or failed.step > begin or failed.mechanism not in ("collapsed", "dead"):
            return None
        before = [evaluation for evaluation in history.evaluations if evaluation.step <= begin][-1]
        watched = [evaluation for evaluation in history.evaluations if evaluation.step >= before.step]
        signals = [evaluation.metrics.get(f"signal/{failed.layer}", 0.0) for evaluation in (before, last)]
        collapsed = failed.mechanism == "collapsed" and setup.optimizer in PROPORTIONAL
        frozen = collapsed and signals[1] <= (1 + GROWTH) * signals[0]
        lost = all(evaluation.metrics[f"dead/{failed.layer}"] == 1 for evaluation in watched)
        chance = all(at_chance(evaluation, history.classes) for evaluation in watched)
        return failed.short if chance and (frozen or lost) else None

"""The verdict of a run, one word for its result, and the health of its hidden units. All their thresholds are here.

The first verdict that applies, in this order, is that of the run:

- diverged: the loss, the gradient or a parameter was not finite, and training stopped there.
- learned: the run reached its goal.
  - With classes, the last training accuracy is at least half of the way from chance, 1/classes, to 1: 0.55 of 10
    classes. It is measured on the training data, without dropout.
  - On a surface, the height above the minimum is at most `HEIGHT_LEFT` times that of the start.
  - Otherwise nothing tells how low the loss can get. The loss fell to at most `LOSS_LEFT` times its beginning.
- dying: in a hidden layer, a fraction of the units larger than `DEAD_FRACTION` passes no gradient on for any training
  row.
- slow: the loss fell, or the training accuracy is higher than chance + `CHANCE_MARGIN`.
- finished: a trainable records too little to tell: not two values of `train/loss`, and no `train/accuracy` of a known
  number of classes.
- stuck: none of these.

The loss fell if its mean over the last tenth of the steps is at most `FALLING_RATIO` times its mean over the first
tenth. A tenth has at least `FEWEST_STEPS` steps, because mini-batches differ, and at most half of the run. Of a trainable
the records with a loss count as steps. A negative loss, as of a log-likelihood, fell if the ratio of the first mean to
the last is at most `FALLING_RATIO`.

The health describes the hidden layers at the end of a run, whatever its verdict:

- saturated: in a layer, a fraction of the outputs larger than `SATURATED_FRACTION` is at a bound of its sigmoid or tanh.
- dying: as for the verdict. A run that learned may have a layer of which most units are inactive.
- ok: none of these.
"""

from __future__ import annotations

from collections.abc import Sequence

from zerosweep.tasks.function import VALUE
from zerosweep.training.records import Evaluation, History

DEAD_FRACTION = 0.5
SATURATED_FRACTION = 0.5
FALLING_RATIO = 0.98
FEWEST_STEPS = 10
CHANCE_MARGIN = 0.05
HALF_WAY = 0.5
HEIGHT_LEFT = 0.01
LOSS_LEFT = 0.9


def verdict(history: History) -> str:
    """Return "learned", "slow", "stuck", "dying", "diverged" or "finished" for a run that has ended."""
    if history.diverged:
        return "diverged"
    losses = history.series("train/loss")[1]
    if _learned(history, losses):
        return "learned"
    if _largest(history, "dead/") > DEAD_FRACTION:
        return "dying"
    accuracy = _accuracy(history)
    if _falls(losses, FALLING_RATIO) or (accuracy is not None and not _guesses(accuracy, history.classes)):
        return "slow"
    return "stuck" if accuracy is not None or history.losses or len(losses) > 1 else "finished"


def health(history: History) -> str | None:
    """Return "ok", "saturated" or "dying" for the hidden units of a run, or None if it has none or diverged at once."""
    if not any(name.startswith("dead/") for name in history.evaluations[-1].metrics):
        return None
    if _largest(history, "saturated/") > SATURATED_FRACTION:
        return "saturated"
    return "dying" if _largest(history, "dead/") > DEAD_FRACTION else "ok"


def at_chance(evaluation: Evaluation, classes: int | None) -> bool:
    """Return whether the training accuracy is no better than that of guessing.

    Args:
        evaluation: The evaluation that measured it.
        classes: The number of classes; None for a task without classes, which has no such accuracy.
    """
    return _guesses(evaluation.metrics.get("train/accuracy"), classes)


def _guesses(accuracy: float | None, classes: int | None) -> bool:
    return accuracy is not None and classes is not None and accuracy <= 1 / classes + CHANCE_MARGIN


def _learned(history: History, losses: Sequence[float]) -> bool:
    accuracy, heights = _accuracy(history), history.series(VALUE)[1]
    if accuracy is not None and history.classes is not None:
        chance = 1 / history.classes
        return accuracy >= chance + HALF_WAY * (1 - chance)
    if history.minimum is not None and heights:
        return heights[-1] - history.minimum <= HEIGHT_LEFT * (heights[0] - history.minimum)
    return _falls(losses, LOSS_LEFT)


def _accuracy(history: History) -> float | None:
    """Return the last training accuracy of a run whose number of classes is known, or None."""
    return None if history.classes is None else history.last("train/accuracy")


def _largest(history: History, family: str) -> float:
    """Return the largest value that a family of metrics has in any layer at the last evaluation; 0 without layers."""
    final = history.evaluations[-1].metrics
    return max((value for name, value in final.items() if name.startswith(family)), default=0.0)


def _falls(losses: Sequence[float], ratio: float) -> bool:
    """Return whether the mean of the last tenth of the losses is at most `ratio` times that of the first."""
    tenth = max(1, min(max(len(losses) // 10, FEWEST_STEPS), len(losses) // 2))
    last, first = (sum(loss / tenth for loss in part) for part in (losses[-tenth:], losses[:tenth]))
    return bool(losses) and (last <= ratio * first if first >= 0 else first >= ratio * last)

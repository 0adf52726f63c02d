"""The verdict of a run: one word for its result. The first that applies, in this order, is the verdict.

- diverged: the loss, the gradient or a parameter was not finite, and training stopped there.
- dying: in a hidden layer, a fraction of the units larger than `DEAD_FRACTION` passes no gradient on for any training
  row.
- stuck: the loss did not fall and, in a task with classes, the training accuracy is at most 1/classes +
  `CHANCE_MARGIN`.
- learned: none of these.
- finished: a trainable records too little to tell: not two values of `train/loss`, and no `train/accuracy` of a known
  number of classes.

The loss falls if its mean over the last tenth of the steps is at most `FALLING_RATIO` times its mean over the first
tenth. A tenth has at least `FEWEST_STEPS` steps, because mini-batches differ, and at most half of the run. Of a trainable
the records with a loss count as steps. A negative loss, as of a log-likelihood, falls if the ratio of the first mean to
the last is at most `FALLING_RATIO`.
"""

from __future__ import annotations

from collections.abc import Sequence

from zerosweep.training.records import History

DEAD_FRACTION = 0.5
FALLING_RATIO = 0.98
FEWEST_STEPS = 10
CHANCE_MARGIN = 0.05


def verdict(history: History) -> str:
    """Return "learned", "stuck", "dying", "diverged" or "finished" for a run that has ended."""
    if history.diverged:
        return "diverged"
    final = history.evaluations[-1].metrics
    if any(fraction > DEAD_FRACTION for name, fraction in final.items() if name.startswith("dead/")):
        return "dying"
    losses, accuracy = history.series("train/loss")[1], history.last("train/accuracy")
    if _falls(losses):
        return "learned"
    if history.classes is not None and accuracy is not None:
        return "learned" if accuracy > 1 / history.classes + CHANCE_MARGIN else "stuck"
    return "stuck" if history.losses or len(losses) > 1 else "finished"


def _falls(losses: Sequence[float]) -> bool:
    """Return whether the mean of the last tenth of the losses is so much lower than that of the first."""
    tenth = max(1, min(max(len(losses) // 10, FEWEST_STEPS), len(losses) // 2))
    last, first = (sum(loss / tenth for loss in part) for part in (losses[-tenth:], losses[:tenth]))
    return bool(losses) and (last <= FALLING_RATIO * first if first >= 0 else first >= FALLING_RATIO * last)

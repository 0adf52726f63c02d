"""The verdict of a run: one word for its result. The first that applies, in this order, is the verdict.

- diverged: the loss, the gradient or a parameter was not finite, and training stopped there.
- dying: in a hidden layer, a fraction of the units larger than `DEAD_FRACTION` passes no gradient on for any training
  row.
- stuck: the loss did not fall and, in a task with classes, the training accuracy is at most 1/classes +
  `CHANCE_MARGIN`.
- learned: none of these.

The loss falls if its mean over the last tenth of the steps is at most `FALLING_RATIO` times its mean over the first
tenth. A tenth has at least `FEWEST_STEPS` steps, because mini-batches differ, and at most half of the run.
"""

from __future__ import annotations

from zerosweep.training.records import History

DEAD_FRACTION = 0.5
FALLING_RATIO = 0.98
FEWEST_STEPS = 10
CHANCE_MARGIN = 0.05


def verdict(history: History) -> str:
    """Return "learned", "stuck", "dying" or "diverged" for a run that has ended."""
    if history.diverged:
        return "diverged"
    final = history.evaluations[-1].metrics
    if any(fraction > DEAD_FRACTION for name, fraction in final.items() if name.startswith("dead/")):
        return "dying"
    steps = len(history.losses)
    tenth = max(1, min(max(steps // 10, FEWEST_STEPS), steps // 2))
    last, first = (sum(loss / tenth for loss in part) for part in (history.losses[-tenth:], history.losses[:tenth]))
    if last <= FALLING_RATIO * first:
        return "learned"
    if history.classes is not None and final["train/accuracy"] > 1 / history.classes + CHANCE_MARGIN:
        return "learned"
    return "stuck"

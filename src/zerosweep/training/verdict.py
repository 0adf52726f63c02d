"""One word for how a run went: failure is a value.

diverged   a loss or a parameter was not finite; training stopped there.
dying      in some hidden layer more than `DEAD_SHARE` of the units pass a gradient on for no row of the training data.
stuck      the loss did not fall: over the last tenth of the steps its mean is above `FALLING` times that over the first
           tenth, each of at least `FEWEST` steps, as one mini-batch's loss differs from the next one's, but at most half of
           the run; and, where there are classes, the training accuracy is within `CHANCE_MARGIN` of 1/classes.
learned    none of these.

The first that holds, in this order, is the verdict.
"""

from __future__ import annotations

from zerosweep.training.records import History

DEAD_SHARE = 0.5
FALLING = 0.98
FEWEST = 10
CHANCE_MARGIN = 0.05


def verdict(history: History) -> str:
    """learned, stuck, dying or diverged."""
    if history.diverged:
        return "diverged"
    final = history.evaluations[-1].metrics
    if any(share > DEAD_SHARE for name, share in final.items() if name.startswith("dead/")):
        return "dying"
    steps = len(history.losses)
    tenth = max(1, min(max(steps // 10, FEWEST), steps // 2))
    last, first = (sum(loss / tenth for loss in part) for part in (history.losses[-tenth:], history.losses[:tenth]))
    falling = last <= FALLING * first
    if falling:
        return "learned"
    if history.classes is not None and final["train/accuracy"] > 1 / history.classes + CHANCE_MARGIN:
        return "learned"
    return "stuck"

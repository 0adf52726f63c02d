"""E2: a CNN at a high learning rate, with and without batch normalization.

The settings are those of `sweeps/cnn_bn.yaml`. The article gives no numbers. DOWN and STEADY were set after trial runs
had been seen: the cost of a network that learned came down to a tenth or less, and that of the others stayed as it was.
"""

from __future__ import annotations

import numpy as np

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

HIGH, LOW = 0.01, 0.001
"""The two learning rates of the article."""

CLIP = 1e-10
"""The least probability in the article's loss: smaller ones are raised to it."""

DOWN = 0.5
"""The fraction of the untrained cost below which a cost has come down."""

STEADY = 0.05
"""The fraction of the untrained cost by which an epoch may raise a cost that comes down steadily."""


def _validation_cost(evidence: Evidence, bn: bool, lr: float, clip: float) -> tuple[bool, bool, str]:
    """Return whether the validation cost of a run comes down, whether it does so steadily, and its values as text."""
    run = evidence.run_with(bn=bn, optimizer__lr=lr, loss__clip=clip)
    _, cost = evidence.curve(run, "val/loss")
    steady = bool(np.all(np.diff(cost) <= STEADY * cost[0]))
    costs = " → ".join(f"{value:.3g}" for value in cost)
    diverged = run.verdict == "diverged"
    return not diverged and bool(cost[-1] < DOWN * cost[0]), steady, f"{costs}{', diverged' if diverged else ''}"


@finding(f"without BN at lr {HIGH} the cost does not come down to less than {DOWN:.0%} of the untrained one")
def a_high_rate_fails_without_bn(evidence: Evidence) -> Check:
    down, _, costs = _validation_cost(evidence, False, HIGH, CLIP)
    return Check(costs, not down)


@finding(f"that is the clip's doing: with loss.clip=0, without BN at lr {HIGH}, it does come down")
def the_clip_is_why(evidence: Evidence) -> Check:
    clipped_down, _, clipped = _validation_cost(evidence, False, HIGH, CLIP)
    if clipped_down:
        raise MissingEvidence(f"the cost comes down with the clip too, so there is nothing to explain: {clipped}")
    down, _, costs = _validation_cost(evidence, False, HIGH, 0.0)
    return Check(costs, down)


@finding(f"without BN at lr {LOW} the cost comes down to less than {DOWN:.0%}")
def a_low_rate_learns_without_bn(evidence: Evidence) -> Check:
    down, _, costs = _validation_cost(evidence, False, LOW, CLIP)
    return Check(costs, down)


@finding(
    f"with BN at lr {HIGH} the cost comes down to less than {DOWN:.0%}, steadily: no epoch raises it by more than "
    f"{STEADY:.0%} of the untrained one"
)
def a_high_rate_learns_with_bn(evidence: Evidence) -> Check:
    down, steady, costs = _validation_cost(evidence, True, HIGH, CLIP)
    return Check(costs, down and steady)

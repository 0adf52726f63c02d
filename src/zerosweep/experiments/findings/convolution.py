"""E2: a CNN at a high learning rate, with and without batch normalization. The settings are those of `sweeps/cnn_bn.yaml`.

The article gives no numbers. DOWN and STEADY were set after trial runs had been seen, where the cost of a network that learns came down to
a tenth or less, and of one that does not stayed as it was.
"""

from __future__ import annotations

import numpy as np

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

HIGH, LOW = 0.01, 0.001
"""The article's learning rates."""

CLIP = 1e-10
"""The article's loss takes no probability to be smaller."""

DOWN = 0.5
"""A cost has come down where it ends below this share of what it was untrained."""

STEADY = 0.05
"""It does so steadily where no epoch raises it by more than this share of what it was untrained."""


def _course(evidence: Evidence, bn: bool, lr: float, clip: float) -> tuple[bool, bool, str]:
    """Whether the validation cost comes down, and steadily so; and how it went, epoch by epoch."""
    run = evidence.run_with(bn=bn, optimizer__lr=lr, loss__clip=clip)
    _, cost = evidence.curve(run, "val/loss")
    steady = bool(np.all(np.diff(cost) <= STEADY * cost[0]))
    told = " → ".join(f"{value:.3g}" for value in cost)
    diverged = run.verdict == "diverged"
    return not diverged and bool(cost[-1] < DOWN * cost[0]), steady, f"{told}{', diverged' if diverged else ''}"


@finding(f"without BN at lr {HIGH} the cost does not come down to less than {DOWN:.0%} of the untrained one")
def a_high_rate_fails_without_bn(evidence: Evidence) -> Check:
    down, _, told = _course(evidence, False, HIGH, CLIP)
    return Check(told, not down)


@finding(f"that is the clip's doing: with loss.clip=0, without BN at lr {HIGH}, it does come down")
def the_clip_is_why(evidence: Evidence) -> Check:
    clipped_down, _, clipped = _course(evidence, False, HIGH, CLIP)
    if clipped_down:
        raise MissingEvidence(f"with the clip it comes down too, so there is nothing to explain: {clipped}")
    down, _, told = _course(evidence, False, HIGH, 0.0)
    return Check(told, down)


@finding(f"without BN at lr {LOW} the cost comes down to less than {DOWN:.0%}")
def a_low_rate_learns_without_bn(evidence: Evidence) -> Check:
    down, _, told = _course(evidence, False, LOW, CLIP)
    return Check(told, down)


@finding(
    f"with BN at lr {HIGH} the cost comes down to less than {DOWN:.0%}, steadily: no epoch raises it by more than "
    f"{STEADY:.0%} of the untrained one"
)
def a_high_rate_learns_with_bn(evidence: Evidence) -> Check:
    down, steady, told = _course(evidence, True, HIGH, CLIP)
    return Check(told, down and steady)

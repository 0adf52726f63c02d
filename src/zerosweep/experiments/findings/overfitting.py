"""E5: overfitting and regularization. The settings are those of `sweeps/regularizers.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.optim.regularizers import NEAR_ZERO
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

ABOUT = 0.05
"""An accuracy that is published as about so much may differ by this."""

WHOLE = 0.995
"""A training accuracy that rounds to the published 1.0 with two digits."""

LITTLE = 0.1
"""A gap between training and test accuracy that is a little smaller is so by less than this."""

PART = 0.1
"""The least share of the weights that is a part of them worth naming."""

END = 10
"""The end of a curve is the mean of its last so many evaluations, 100 iterations: one alone jumps with its mini-batch."""


@dataclass(frozen=True)
class Course:
    """How a case went. train, test: its accuracies at the end. speed: the mean training accuracy over all evaluations, which is
    the higher the sooner it rises."""

    train: float
    test: float
    speed: float

    @property
    def gap(self) -> float:
        return self.train - self.test

    def __str__(self) -> str:
        return f"train {self.train:.3f}, test {self.test:.3f}, gap {self.gap:.3f}"


def course(evidence: Evidence, regularizer: str) -> Course:
    """Of the runs with this option of the group."""
    train, test = (curve(evidence, regularizer, f"{split}/accuracy") for split in ("train", "test"))
    return Course(float(np.mean(train[-END:])), float(np.mean(test[-END:])), float(np.mean(train)))


def curve(evidence: Evidence, regularizer: str, metric: str) -> NDArray[np.float64]:
    """The mean over the seeds: one, unless more were asked for."""
    runs = [evidence.curve(run, metric)[1] for run in evidence.runs_with(regularizer=regularizer)]
    if len({len(values) for values in runs}) > 1:
        raise MissingEvidence(f"runs with regularizer={regularizer} of different lengths")
    mean: NDArray[np.float64] = np.mean(runs, axis=0)
    return mean


@finding(
    f"without regularization the training accuracy ends at 1.0 (>= {WHOLE}) and the test accuracy at 0.77 ± {ABOUT}"
)
def the_training_images_are_learnt_by_heart(evidence: Evidence) -> Check:
    plain = course(evidence, "none")
    return Check(str(plain), plain.train >= WHOLE and _about(plain.test, 0.77))


@finding(
    f"with L2 training ends at 0.94 ± {ABOUT} and test at 0.74 ± {ABOUT}, "
    f"the gap between them smaller than without by at most {LITTLE}"
)
def l2_narrows_the_gap_a_little(evidence: Evidence) -> Check:
    decayed, plain = course(evidence, "l2"), course(evidence, "none")
    narrower = 0 < plain.gap - decayed.gap <= LITTLE
    as_published = _about(decayed.train, 0.94) and _about(decayed.test, 0.74)
    return Check(f"{decayed}, against {plain.gap:.3f} without", as_published and narrower)


@finding(
    f"L1 brings at least {PART:.0%} of the weights that it pulls at nearer to zero than {NEAR_ZERO:g}, "
    f"more than were there untrained, and more than L2 brings there"
)
def l1_drives_weights_to_zero(evidence: Evidence) -> Check:
    sparse, decayed = (curve(evidence, case, "weights/near_zero") for case in ("l1", "l2"))
    seen = f"{sparse[-1]:.1%} of them, from {sparse[0]:.1%} untrained; with L2 {decayed[-1]:.1%}"
    return Check(seen, bool(sparse[-1] >= PART and sparse[-1] > max(sparse[0], decayed[-1])))


@finding("with dropout the mean training accuracy over the iterations is lower than without")
def dropout_learns_more_slowly(evidence: Evidence) -> Check:
    dropping, plain = course(evidence, "dropout"), course(evidence, "none")
    return Check(f"{dropping.speed:.3f} against {plain.speed:.3f}", dropping.speed < plain.speed)


@finding(
    "with dropout and L1 the mean training accuracy over the iterations is higher than with dropout alone, "
    "and the gap between training and test accuracy at the end is smaller"
)
def dropout_with_l1_is_faster_and_overfits_less(evidence: Evidence) -> Check:
    both, alone = course(evidence, "dropout_l1"), course(evidence, "dropout")
    seen = f"mean {both.speed:.3f} against {alone.speed:.3f}; gap {both.gap:.3f} against {alone.gap:.3f}"
    return Check(seen, both.speed > alone.speed and both.gap < alone.gap)


def _about(accuracy: float, published: float) -> bool:
    return abs(accuracy - published) <= ABOUT

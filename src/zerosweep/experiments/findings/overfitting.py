"""E5: overfitting and regularization, with the settings of `sweeps/regularizers.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.optim.regularizers import NEAR_ZERO
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

ABOUT = 0.05
"""The largest difference from an accuracy that is published as an approximate number."""

WHOLE = 0.995
"""The least training accuracy that rounds to the published 1.0."""

LITTLE = 0.1
"""The largest amount by which a gap between training and test accuracy is a little smaller."""

PART = 0.1
"""The least fraction of the weights that counts as some of them."""

END = 10
"""The number of evaluations, the last 100 iterations, whose mean is the end of a curve: single ones fluctuate."""


@dataclass(frozen=True)
class Course:
    """The accuracies of one regularizer.

    Attributes:
        train: Training accuracy at the end.
        test: Test accuracy at the end.
        speed: Mean training accuracy over all evaluations, which is higher the sooner the accuracy rises.
    """

    train: float
    test: float
    speed: float

    @property
    def gap(self) -> float:
        """The training accuracy minus the test accuracy, at the end."""
        return self.train - self.test

    def __str__(self) -> str:
        return f"train {self.train:.3f}, test {self.test:.3f}, gap {self.gap:.3f}"


def course(evidence: Evidence, regularizer: str) -> Course:
    """Return the accuracies of the runs with this regularizer."""
    train, test = (curve(evidence, regularizer, f"{split}/accuracy") for split in ("train", "test"))
    return Course(float(np.mean(train[-END:])), float(np.mean(test[-END:])), float(np.mean(train)))


def curve(evidence: Evidence, regularizer: str, metric: str) -> NDArray[np.float64]:
    """Return the mean curve of a metric over the seeds, of shape (evaluations,)."""
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
    text = f"{sparse[-1]:.1%} of them, from {sparse[0]:.1%} untrained; with L2 {decayed[-1]:.1%}"
    return Check(text, bool(sparse[-1] >= PART and sparse[-1] > max(sparse[0], decayed[-1])))


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
    text = f"mean {both.speed:.3f} against {alone.speed:.3f}; gap {both.gap:.3f} against {alone.gap:.3f}"
    return Check(text, both.speed > alone.speed and both.gap < alone.gap)


def _about(accuracy: float, published: float) -> bool:
    return abs(accuracy - published) <= ABOUT

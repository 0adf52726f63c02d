"""E5: overfitting and regularization, with the settings of `sweeps/regularizers.yaml`.

The article gives accuracies for two of its five cases, and words for the rest. ABOUT, LITTLE, PART, SWINGS, RISING and
LESS turn these words into numbers; they are our choice, made after a first look at one seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.optimizers import setbacks
from zerosweep.experiments.findings.ways import in_both_ways
from zerosweep.optim.regularizers import NEAR_ZERO
from zerosweep.report.evidence import Evidence, Level, MissingEvidence
from zerosweep.report.finding import Check, finding

ABOUT = 0.05
"""The largest difference from an accuracy that is published as an approximate number."""

WHOLE = 0.995
"""The least training accuracy that rounds to the published 1.0."""

LITTLE = 0.1
"""The largest amount by which a gap between training and test accuracy is a little smaller."""

PART = 0.1
"""The least fraction of the weights that counts as some of them."""

SWINGS = 2.0
"""The factor by which the falls of L1's training accuracy, added up, must exceed those of any other case."""

RISING = 0.01
"""The least rise of a test accuracy over the last 300 iterations that has not saturated."""

END = 10
"""The number of evaluations, the last 100 iterations, whose mean is the end of a curve: single ones fluctuate."""

BEFORE = 40
"""The evaluations before the end at which the mean that precedes the last 300 iterations begins."""

PUBLISHED: dict[str, dict[str, Level]] = {
    "none": {},
    "l2": {"trainer__frozen": "[output]"},
    "l1": {"trainer__frozen": "[output]"},
    "dropout": {"regularizer__dropout_scaling": "test"},
    "dropout_l1": {"regularizer__dropout_scaling": "test", "trainer__frozen": "[output]"},
}
"""What marks the runs that follow the article's code."""

OURS: dict[str, dict[str, Level]] = {
    case: {"regularizer__dropout_scaling": "train", "trainer__frozen": "[]"} for case in PUBLISHED
}
"""What marks the runs that train every layer and scale dropout in training."""

WAYS = {"published": PUBLISHED, "ours": OURS}


@dataclass(frozen=True)
class Course:
    """The accuracies of one regularizer.

    Attributes:
        train: Training accuracy at the end.
        test: Test accuracy at the end.
        speed: Mean training accuracy over all evaluations, which is higher the sooner the accuracy rises.
        rise: Test accuracy at the end minus that 300 iterations before.
        falls: The falls of the training accuracy from one evaluation to the next, added up.
    """

    train: float
    test: float
    speed: float
    rise: float
    falls: float

    @property
    def gap(self) -> float:
        """The training accuracy minus the test accuracy, at the end."""
        return self.train - self.test

    def __str__(self) -> str:
        return f"train {self.train:.3f}, test {self.test:.3f}, gap {self.gap:.3f}"


def course(evidence: Evidence, regularizer: str, way: str) -> Course:
    """Return the accuracies of the runs with this regularizer, by the rules of `way`."""
    train, test = (curve(evidence, regularizer, f"{split}/accuracy", way) for split in ("train", "test"))
    end, before = float(np.mean(test[-END:])), test[-BEFORE : -BEFORE + END]
    rise = end - float(np.mean(before)) if len(test) > BEFORE else float("nan")
    return Course(float(np.mean(train[-END:])), end, float(np.mean(train)), rise, setbacks(train))


def curve(evidence: Evidence, regularizer: str, metric: str, way: str) -> NDArray[np.float64]:
    """Return the mean curve of a metric over the seeds, of shape (evaluations,)."""
    found = evidence.runs_with(regularizer=regularizer, **WAYS[way][regularizer])
    runs = [evidence.curve(run, metric)[1] for run in found]
    if len({len(values) for values in runs}) > 1:
        raise MissingEvidence(f"runs with regularizer={regularizer} of different lengths")
    mean: NDArray[np.float64] = np.mean(runs, axis=0)
    return mean


def _off(accuracy: float, published: float) -> float:
    """Return how far an accuracy is inside the range of a published approximate number; negative outside."""
    return ABOUT - abs(accuracy - published)


@finding(
    f"without regularization the training accuracy ends at 1.0 (>= {WHOLE}) and the test accuracy at 0.77 ± {ABOUT}",
    claim="without countermeasures training reaches 1.0 and test about 0.77: it overfits",
    way="published",
)
def the_training_images_are_learnt_by_heart(evidence: Evidence) -> Check:
    plain = course(evidence, "none", "published")
    margin = min(plain.train - WHOLE, _off(plain.test, 0.77))
    return Check(str(plain), margin >= 0, margin)


@in_both_ways(
    f"with L2 training ends at 0.94 ± {ABOUT} and test at 0.74 ± {ABOUT}, the gap between them smaller than without by "
    f"at most {LITTLE}",
    "with L2 training falls to about 0.94 and test to about 0.74, and the gap is a little smaller",
)
def l2_narrows_the_gap_a_little(evidence: Evidence, way: str) -> Check:
    decayed, plain = course(evidence, "l2", way), course(evidence, "none", "published")
    narrower = plain.gap - decayed.gap
    margin = min(narrower, LITTLE - narrower, _off(decayed.train, 0.94), _off(decayed.test, 0.74))
    return Check(f"{decayed}, against {plain.gap:.3f} without", margin > 0, margin)


@in_both_ways(
    f"L1 brings at least {PART:.0%} of the weights that it pulls at nearer to zero than {NEAR_ZERO:g}, more than were "
    "there untrained, and more than L2 brings there",
    "L1 makes part of the weights 0, which L2 does not",
)
def l1_drives_weights_to_zero(evidence: Evidence, way: str) -> Check:
    sparse, decayed = (curve(evidence, case, "weights/near_zero", way) for case in ("l1", "l2"))
    text = f"{sparse[-1]:.1%} of them, from {sparse[0]:.1%} untrained; with L2 {decayed[-1]:.1%}"
    margin = float(min(sparse[-1] - PART, sparse[-1] - max(sparse[0], decayed[-1])))
    return Check(text, margin > 0, margin)


@in_both_ways(
    f"the falls of the training accuracy with L1, from one evaluation to the next and added up, are more than "
    f"{SWINGS:g} times those of any other case",
    "with L1 learning takes a course of its own",
)
def l1_swings(evidence: Evidence, way: str) -> Check:
    falls = {case: course(evidence, case, way if case != "none" else "published").falls for case in PUBLISHED}
    others = max(value for case, value in falls.items() if case != "l1")
    text = ", ".join(f"{case} {value:.2f}" for case, value in falls.items())
    margin = falls["l1"] - SWINGS * others
    return Check(text, margin > 0, margin)


@in_both_ways(
    "with dropout the mean training accuracy over the iterations is lower than without",
    "with dropout learning is slower",
)
def dropout_learns_more_slowly(evidence: Evidence, way: str) -> Check:
    dropping, plain = course(evidence, "dropout", way), course(evidence, "none", "published")
    text = f"{dropping.speed:.3f} against {plain.speed:.3f}; ends at {dropping.train:.3f}"
    return Check(text, dropping.speed < plain.speed, plain.speed - dropping.speed)


@in_both_ways(
    "with dropout and L1 the mean training accuracy over the iterations is higher than with dropout alone",
    "dropout with L1 learns faster than dropout alone",
)
def dropout_with_l1_is_faster_than_dropout(evidence: Evidence, way: str) -> Check:
    both, alone = course(evidence, "dropout_l1", way), course(evidence, "dropout", way)
    return Check(f"{both.speed:.3f} against {alone.speed:.3f}", both.speed > alone.speed, both.speed - alone.speed)


@in_both_ways(
    f"with dropout and L1 the test accuracy rises by at least {RISING} over the last 300 iterations, and by more than "
    "without regularization",
    "with dropout and L1 the test accuracy has not saturated",
)
def dropout_with_l1_is_not_saturated(evidence: Evidence, way: str) -> Check:
    both, plain = course(evidence, "dropout_l1", way), course(evidence, "none", "published")
    if np.isnan(both.rise) or np.isnan(plain.rise):
        raise MissingEvidence("the runs are too short to tell how the last 300 iterations went")
    margin = min(both.rise - RISING, both.rise - plain.rise)
    return Check(f"{both.rise:+.3f}, without regularization {plain.rise:+.3f}", margin > 0, margin)


@in_both_ways(
    "with dropout and L1 the gap between training and test accuracy at the end is smaller than without regularization",
    "dropout with L1 hardly overfits",
)
def dropout_with_l1_overfits_less(evidence: Evidence, way: str) -> Check:
    both, plain = course(evidence, "dropout_l1", way), course(evidence, "none", "published")
    return Check(f"{both}, against {plain.gap:.3f} without", both.gap < plain.gap, plain.gap - both.gap)


@finding(
    f"with L2 the accuracies end within {ABOUT} of one another, whether the output layer is trained or stays as drawn",
    source="ours",
)
def a_frozen_output_costs_little(evidence: Evidence) -> Check:
    frozen, trained = course(evidence, "l2", "published"), course(evidence, "l2", "ours")
    apart = max(abs(frozen.train - trained.train), abs(frozen.test - trained.test))
    return Check(f"frozen: {frozen}; trained: {trained}", apart <= ABOUT, ABOUT - apart)

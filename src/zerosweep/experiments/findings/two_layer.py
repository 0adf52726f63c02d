"""E3: the two-layer network at full size, and the rounding error of numerical derivatives.

The settings are those of `two_layer` and `rounding_error` in `sweeps/`. The article gives no numbers: LEARNT is the
accuracy of the book's figure 4-12, and the other thresholds were set by us, before the runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.tasks.differentiation import MEASURE

LEARNT = 0.9
"""The test accuracy of a two-layer network that has learned MNIST; the book's ends at 0.94."""

TOGETHER = 0.02
"""The largest difference of two accuracies that go together."""

ALIKE = 0.01
"""The largest difference in test accuracy of two runs that differ a little."""

LEVEL = 0.8
"""The least fraction of an axis on which a function is level almost everywhere."""

SPOILT = 100.0
"""The factor by which rounding must raise the error over its least."""

NEAR_BEST = 10.0
"""The factor within which the best step found must be that of theory."""


def accuracies(evidence: Evidence, split: str) -> list[NDArray[np.float64]]:
    """Return the accuracy of each run at its evaluations, shape (n,) each, on "train" or "test"."""
    return [evidence.curve(run, f"{split}/accuracy")[1] for run in evidence.runs_with(model="two_layer")]


@finding(
    f"the two-layer network learns by mini-batches: its test accuracy ends above {LEARNT} in every run",
    claim="mini-batch gradient descent trains the two-layer network on MNIST",
)
def two_layers_learn(evidence: Evidence) -> Check:
    ends = [float(values[-1]) for values in accuracies(evidence, "test")]
    text = ", ".join(f"{end:.4f}" for end in ends)
    return Check(text, min(ends) > LEARNT, min(ends) - LEARNT)


@finding(
    f"training and test accuracy go together: at the end of each epoch they differ by at most {TOGETHER}", source="book"
)
def training_and_test_go_together(evidence: Evidence) -> Check:
    pairs = zip(accuracies(evidence, "train"), accuracies(evidence, "test"), strict=True)
    apart = max(float(np.abs(train - test).max()) for train, test in pairs)
    return Check(f"at most {apart:.4f} apart", apart <= TOGETHER, TOGETHER - apart)


@finding(
    f"two runs that are not seeded alike end differently, by at most {ALIKE} in test accuracy",
    claim="the same script, run twice, gives slightly different results",
)
def two_runs_differ_a_little(evidence: Evidence) -> Check:
    ends = [float(values[-1]) for values in accuracies(evidence, "test")]
    if len(ends) < 2:
        raise MissingEvidence("only one run")
    apart = max(ends) - min(ends)
    return Check(f"{apart:.4f} apart", 0 < apart <= ALIKE, min(apart, ALIKE - apart))


@finding(
    f"along one weight the accuracy is level between at least {LEVEL:.0%} of neighbouring values, the loss between none",
    claim="accuracy is no loss: its derivative is 0 almost everywhere",
)
def accuracy_is_level_almost_everywhere(evidence: Evidence) -> Check:
    run = evidence.runs_with(model="two_layer")[0]
    arrays = evidence.arrays(run, "slice")
    level = {name: float(np.mean(np.diff(np.asarray(arrays[name], np.float64)) == 0)) for name in ("accuracy", "loss")}
    text = f"the accuracy between {level['accuracy']:.0%} of them, the loss between {level['loss']:.0%}"
    return Check(text, level["accuracy"] >= LEVEL and not level["loss"], level["accuracy"] - LEVEL)


def step_errors(evidence: Evidence, dtype: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the steps of the differences, from small to large, and the error of the derivatives at each, shape (n,)."""
    runs = evidence.runs_with(trainer__dtype=dtype)
    steps = np.array([float(run.params["trainer.difference_step"]) for run in runs])
    values = np.array([evidence.final(run, MEASURE) for run in runs])
    order = np.argsort(steps)
    return steps[order], values[order]


@finding(
    f"the smallest step has an error more than {SPOILT:g} times that of the best, in both precisions",
    claim="a numerical derivative suffers from rounding where h is too small",
)
def rounding_spoils_small_differences(evidence: Evidence) -> Check:
    texts, ratios = [], []
    for dtype in ("float32", "float64"):
        steps, values = step_errors(evidence, dtype)
        texts.append(f"{dtype} {values.min():.0e} at {steps[values.argmin()]:g}, {values[0]:.0e} at {steps[0]:g}")
        ratios.append(float(values[0] / values.min()))
    return Check("; ".join(texts), min(ratios) > SPOILT, min(ratios) - SPOILT)


@finding(
    f"the best step is within {NEAR_BEST:g} times the cube root of the precision, 5e-3 and 6e-6",
    source="ours",
)
def the_best_step_is_the_cube_root_of_the_precision(evidence: Evidence) -> Check:
    texts, factors = [], []
    for dtype in ("float32", "float64"):
        steps, values = step_errors(evidence, dtype)
        best, theory = float(steps[values.argmin()]), float(np.finfo(dtype).eps ** (1 / 3))
        texts.append(f"{dtype} {best:g}, by theory {theory:.1g}")
        factors.append(max(best / theory, theory / best))
    return Check("; ".join(texts), max(factors) <= NEAR_BEST, NEAR_BEST - max(factors))

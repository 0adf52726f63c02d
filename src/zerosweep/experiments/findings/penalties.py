"""E5: what penalties do to the minimum of a loss, and how strong they may be; E4: learning rates that fall.

The settings are those of `ridge_lasso`, `penalty_strength` and `schedules` in `sweeps/`. The article states these
things without an experiment, so that settings and thresholds are ours. STRONG and CLOSER were set before the runs; the
rates of `schedules` after a look at larger ones, at which most ReLUs died.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.surfaces import path
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.tracking.record import Recorded

STEPS = 2.0
"""The number of steps, of lr times λ each, within which a weight that L1 pulls to zero must be of it."""

TINY = 0.02
"""The size below which a weight has been drawn to zero: a hundredth of the larger one at the start."""

STRONG = 0.3
"""The training accuracy below which a network has learned next to nothing: three times chance."""

CLOSER = 0.02
"""The least amount by which a gap between training and test accuracy has closed."""


def ends(evidence: Evidence, penalty: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return λ, from small to large, the weights at the end, and the lr of each run with only this penalty.

    Args:
        evidence: The runs.
        penalty: "l1" or "l2".

    Returns:
        Arrays of shape (n,), (n, 2) and (n,), with every λ above 0.
    """
    other = {"l1": "l2", "l2": "l1"}[penalty]
    runs = [run for run in evidence.finished if _strength(run, penalty) > 0]
    runs = sorted((run for run in runs if not _strength(run, other)), key=lambda run: _strength(run, penalty))
    if not runs:
        raise MissingEvidence(f"no run with task.{penalty} above 0")
    strengths = np.array([_strength(run, penalty) for run in runs])
    rates = np.array([float(run.params["optimizer.lr"]) for run in runs])
    return strengths, np.array([path(evidence, run)[-1] for run in runs]), rates


def _strength(run: Recorded, penalty: str) -> float:
    return float(run.params[f"task.{penalty}"])


@finding(
    "with L2 no weight is nearer to zero than one step of the L1 of the same strength would be, however large λ is",
    claim="ridge makes no weight exactly zero",
)
def ridge_never_reaches_zero(evidence: Evidence) -> Check:
    strengths, points, rates = ends(evidence, "l2")
    least = np.abs(points).min(axis=1)
    text = f"the smaller weight is {least[0]:.2g} at λ = {strengths[0]:g} and {least[-1]:.2g} at {strengths[-1]:g}"
    return Check(text, bool((least > 1e-4 * rates).all() and (np.diff(least) < 0).all()))


@finding(
    f"with the largest λ of L2 both weights are smaller than {TINY}",
    claim="with a large hyperparameter ridge draws all weights as near to zero as one likes",
)
def a_large_ridge_draws_all_weights_to_zero(evidence: Evidence) -> Check:
    strengths, points, _ = ends(evidence, "l2")
    largest = float(np.abs(points[-1]).max())
    return Check(f"at most {largest:.3g} at λ = {strengths[-1]:g}", largest < TINY, TINY - largest)


@finding(
    f"with L1 there is a λ at which one weight is within {STEPS:g} steps of zero and the other is not",
    claim="lasso makes weights zero: the optimum lies on an axis",
)
def lasso_makes_a_weight_zero(evidence: Evidence) -> Check:
    strengths, points, rates = ends(evidence, "l1")
    within = np.abs(points) <= STEPS * (rates * strengths)[:, None]
    on_axis = np.flatnonzero(within[:, 0] != within[:, 1])
    if not len(on_axis):
        return Check("at no λ", False)
    i = on_axis[0]
    text = f"from λ = {strengths[i]:g} on: there ({points[i, 0]:.2g}, {points[i, 1]:.2g})"
    return Check(text, True)


def strengths_of(
    evidence: Evidence, penalty: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return λ from small to large, and the training and test accuracy at the end of each run with it, shape (n,)."""
    runs = sorted(evidence.runs_with(regularizer=penalty), key=lambda run: float(run.params[f"regularizer.{penalty}"]))
    train, test = (np.array([evidence.final(run, f"{split}/accuracy") for run in runs]) for split in ("train", "test"))
    return np.array([float(run.params[f"regularizer.{penalty}"]) for run in runs]), train, test


@finding(
    f"with the strongest L2 and the strongest L1 the training accuracy ends below {STRONG}",
    claim="too strong a penalty draws all weights to zero, so that the strength must be chosen",
)
def a_strong_penalty_stops_learning(evidence: Evidence) -> Check:
    found = {penalty: strengths_of(evidence, penalty) for penalty in ("l2", "l1")}
    text = ", ".join(f"{penalty} {train[-1]:.3f} at λ = {by[-1]:g}" for penalty, (by, train, _) in found.items())
    margin = STRONG - max(float(train[-1]) for _, train, _ in found.values())
    return Check(text, margin > 0, margin)


@finding(
    f"at some strength at which the network still learns (training above {STRONG}) the gap is smaller by {CLOSER} than "
    "with the weakest, with L2 and with L1",
    claim="penalties on large weights suppress overfitting",
)
def a_penalty_closes_the_gap_before(evidence: Evidence) -> Check:
    texts, margins = [], []
    for penalty in ("l2", "l1"):
        by, train, test = strengths_of(evidence, penalty)
        gap, learning = train - test, train > STRONG
        if not learning.any():
            raise MissingEvidence(f"with {penalty} nothing is learnt at any strength")
        best = int(np.argmin(np.where(learning, gap, np.inf)))
        margins.append(float(gap[0] - gap[best]) - CLOSER)
        texts.append(
            f"{penalty} {gap[0]:.3f} → {gap[best]:.3f} at λ = {by[best]:g} (test {test[0]:.3f} → {test[best]:.3f})"
        )
    return Check("; ".join(texts), min(margins) >= 0, min(margins))


@finding(
    "each of the three falling schedules ends with a lower validation loss than either constant rate (mean over the "
    "seeds)",
    claim="begin with a large learning rate and make it smaller step by step",
)
def a_falling_rate_beats_a_constant_one(evidence: Evidence) -> Check:
    means: dict[str, float] = {}
    for schedule in ("step", "exponential", "cosine", "constant"):
        by_rate: dict[str, list[float]] = {}
        for run in evidence.runs_with(schedule=schedule):
            by_rate.setdefault(run.params["optimizer.lr"], []).append(evidence.final(run, "val/loss"))
        for rate, values in by_rate.items():
            name = f"constant {float(rate):g}" if schedule == "constant" else schedule
            means[name] = float(np.mean(values))
    constant = [value for name, value in means.items() if name.startswith("constant")]
    falling = [value for name, value in means.items() if not name.startswith("constant")]
    text = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
    return Check(text, max(falling) < min(constant), min(constant) - max(falling))

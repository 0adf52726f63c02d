"""E6: how learning fails, unit by unit. The settings are those of `sweeps/dying_relu.yaml`, `leaky_relu_divergence.yaml` and
`bn_rescue.yaml`.

The article gives its regime only in pictures, so that it had to be looked for: the scale of the weights and the precision of the three
sweeps were chosen after a scan, for ReLU to come out as published. HALF and FEW were written down after that scan had been seen;
what concerns the leaky ReLU was not looked for, and does not all come out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.tracking.record import Recorded

SEED = 20170523
"""The article's."""

CHANCE, NEAR_CHANCE = 0.1, 0.02
"""The accuracy of a guess among ten classes, and how near to it is no better: MNIST's commonest digit is 11.2 % of it."""

LEARNT = 0.5
"""A training accuracy above which a network has learnt: five times chance."""

HALF = (0.4, 0.6)
"""Shares of units that are about half."""

FEW = 0.05
"""A share of dead units that a healthy layer may have."""

LAST = 20
"""Mini-batches before the end in which signs are watched."""

GROWN = 1e6
"""How many times a weight is to have grown from its first size, to count as growing."""

ABOUT_350 = (250, 450)
"""Mini-batches that are about 350."""

MINI_BATCHES = 600
"""Of the article's runs: one that was finite for less tells nothing of what stays finite."""

STILL = 1e-6
"""Of the largest bias of the output: a bias that has moved less has not moved; what it has is from rounding."""


def dead(evidence: Evidence, run: Recorded) -> float:
    """The share of hidden units that pass a gradient on for no training image."""
    return evidence.final(run, "dead/hidden1")


def in_short(evidence: Evidence, run: Recorded) -> str:
    return f"{dead(evidence, run):.0%} dead, training accuracy {evidence.final(run, 'train/accuracy'):.3f}"


@finding(f"ReLU at 0.05: every hidden unit dead, training accuracy within {NEAR_CHANCE} of 1/classes")
def a_high_rate_kills_every_unit(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.05)
    at_chance = abs(evidence.final(run, "train/accuracy") - CHANCE) <= NEAR_CHANCE
    return Check(in_short(evidence, run), dead(evidence, run) == 1 and at_chance)


@finding(f"ReLU at 0.01: about half of the hidden units dead ({HALF[0]:.0%} to {HALF[1]:.0%})")
def a_lower_rate_kills_about_half(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.01)
    return Check(in_short(evidence, run), HALF[0] <= dead(evidence, run) <= HALF[1])


@finding(f"ReLU at 0.001: healthy: at most {FEW:.0%} dead, training accuracy above {LEARNT}")
def a_low_rate_keeps_all_alive(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.001)
    return Check(in_short(evidence, run), healthy(evidence, run))


def healthy(evidence: Evidence, run: Recorded) -> bool:
    alive = dead(evidence, run) <= FEW and run.verdict != "diverged"
    return alive and evidence.final(run, "train/accuracy") > LEARNT


def hidden_weights(evidence: Evidence, run: Recorded) -> NDArray[np.float64]:
    """(T, n), as far as they are finite."""
    weights = trace(evidence, run, "hidden_weight")
    return weights[np.isfinite(weights).all(axis=1)]


def trace(evidence: Evidence, run: Recorded, name: str) -> NDArray[np.float64]:
    """(T, n) of the array of this name, T and n at least 1."""
    values = np.asarray(evidence.arrays(run, "traces").get(name, ()), np.float64)
    if not values.size:
        raise MissingEvidence(f"no {name} in the trace of run {run.run_id}")
    return values


def flips(weights: NDArray[np.float64]) -> int:
    """In how many of the last `LAST` mini-batches some weight has changed its sign."""
    signs = np.sign(weights[-LAST - 1 :])
    return int((signs[1:] * signs[:-1] < 0).any(axis=1).sum())


@finding(
    f"LeakyReLU at 0.057: the mean weights of hidden units change sign in most of the last {LAST} finite mini-batches, grow more than "
    f"{GROWN:.0e} times, and become NaN"
)
def just_too_high_a_rate_swings_and_overflows(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.057, seed=SEED)
    weights = hidden_weights(evidence, run)
    if len(weights) <= LAST:
        raise MissingEvidence(f"only {len(weights)} finite mini-batches in run {run.run_id}")
    sizes = np.abs(weights).max(axis=1)
    swings, growth = flips(weights), sizes.max() / sizes[0]
    ended = f"not finite at mini-batch {run.tags['diverged_at']}" if run.verdict == "diverged" else "finite to the end"
    seen = f"a sign changes in {swings} of the last {LAST}; largest {sizes[0]:.1e} at first, {sizes.max():.1e} at last; {ended}"
    return Check(seen, swings > LAST / 2 and growth > GROWN and run.verdict == "diverged")


@finding("LeakyReLU at 0.056: on the edge, stays finite")
def a_hair_lower_stays_finite(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.056, seed=SEED)
    if not stays_finite(evidence, run):
        return Check(f"not finite at mini-batch {run.tags['diverged_at']}", False)
    if stays_finite(evidence, evidence.run_with(optimizer__lr=0.057, seed=SEED)):
        raise MissingEvidence("at 0.057 it stays finite too, so the edge is not here")
    return Check(f"finite to the end; {in_short(evidence, run)}", True)


@finding(f"LeakyReLU at 0.001: healthy: training accuracy above {LEARNT}")
def a_low_rate_learns_without_dying(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.001, seed=SEED)
    return Check(in_short(evidence, run), healthy(evidence, run))


def stays_finite(evidence: Evidence, run: Recorded) -> bool:
    """For as long as the article's runs; of one that is shorter that is not known."""
    if run.verdict == "diverged":
        return False
    if (steps := evidence.final(run, "time/steps")) < MINI_BATCHES:
        raise MissingEvidence(f"finite for {steps:g} mini-batches, of {MINI_BATCHES}, in run {run.run_id}")
    return True


def overflows(runs: Sequence[Recorded]) -> list[int]:
    """The mini-batches at which those that diverged did, in order."""
    return sorted(int(run.tags["diverged_at"]) for run in runs if run.verdict == "diverged")


def over_seeds(evidence: Evidence, rate: float) -> list[Recorded]:
    runs = evidence.runs_with(optimizer__lr=rate)
    if len(runs) < 2:
        raise MissingEvidence(f"one seed only at {rate:g}")
    for run in runs:
        stays_finite(evidence, run)  # or it is known not to
    return runs


def median(runs: Sequence[Recorded]) -> float:
    """The mini-batch at which half of the runs have overflowed; infinite where half never do."""
    at = overflows(runs)
    return float(np.median([*at, *[np.inf] * (len(runs) - len(at))]))


def told(runs: Sequence[Recorded]) -> str:
    """As in "20 of 20 seeds, at 204 to 458, median 229"."""
    at = overflows(runs)
    when = f", at {at[0]} to {at[-1]}, median {median(runs):.0f}".replace("inf", "never") if at else ""
    return f"{len(at)} of {len(runs)} seeds{when}"


@finding(
    f"at 0.057 the numbers stop being finite at about mini-batch 350: the median over the seeds is {ABOUT_350[0]} to {ABOUT_350[1]}"
)
def it_overflows_at_about_350(evidence: Evidence) -> Check:
    runs = over_seeds(evidence, 0.057)
    return Check(told(runs), ABOUT_350[0] <= median(runs) <= ABOUT_350[1])


@finding("0.057 and 0.056 are on either side of an edge: fewer seeds overflow at 0.056")
def the_edge_is_between_two_rates(evidence: Evidence) -> Check:
    higher, lower = over_seeds(evidence, 0.057), over_seeds(evidence, 0.056)
    shares = [len(overflows(runs)) / len(runs) for runs in (higher, lower)]
    return Check(f"0.057: {told(higher)}; 0.056: {told(lower)}", shares[1] < shares[0])


@finding(f"BN + ReLU at 0.5, ten times the rate that killed plain ReLU: learns, training accuracy above {LEARNT}")
def bn_learns_at_ten_times_the_rate_that_kills(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.5, bn=True)
    learns = run.verdict == "learned" and evidence.final(run, "train/accuracy") > LEARNT
    return Check(f"{run.verdict}; {in_short(evidence, run)}", learns)


@finding(
    f"the biases behind which BN comes do not move: they stay below {STILL:.0e} of the largest bias of the output, from 0 on"
)
def a_bias_behind_bn_does_not_move(evidence: Evidence) -> Check:
    largest = {}
    for rate in evidence.levels("optimizer.lr"):
        run = evidence.run_with(optimizer__lr=float(rate), bn=True)
        if run.params.get("model.absorb_bias") != "false":
            raise MissingEvidence("these biases were left out of the arithmetic; model.absorb_bias=false has them computed")
        largest[rate] = [float(np.abs(trace(evidence, run, f"{layer}_bias")).max()) for layer in ("hidden", "output")]
        if not largest[rate][1]:
            raise MissingEvidence(f"not even a bias of the output moves in run {run.run_id}")
    seen = "; ".join(f"{rate}: {hidden:.0e}, of the output {output:.2g}" for rate, (hidden, output) in largest.items())
    return Check(f"largest at {seen}", all(hidden <= STILL * output for hidden, output in largest.values()))

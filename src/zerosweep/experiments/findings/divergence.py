"""E6: leaky units that diverge, with the settings of `leaky_relu_divergence` in `sweeps/`.

The slope was chosen by when 0.057 overflows; see the head of that file. ABOUT_350 was set before that, PULLED after a
look at the onsets of eight seeds. Where two rates are compared, the same seeds are, so the test is McNemar's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.failures import MOST
from zerosweep.experiments.findings.units import (
    FEW,
    LEARNT,
    SEED,
    accuracy,
    is_healthy,
    several,
    spread,
    stays_finite,
    stopped,
    units,
)
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.statistics import in_most, mcnemar
from zerosweep.tracking.record import Recorded

LAST = 20
"""The number of mini-batches at the end in which changes of sign are counted."""

GROWN = 1e6
"""The factor by which the largest weight must exceed its first size to count as growing."""

ABOUT_350 = (250, 450)
"""The range of the mini-batches that are about the 350th."""

SIGNIFICANT = 0.05
"""The largest p-value of a difference."""

ASTRAY = 100.0
"""The factor by which a unit must exceed its size in the first `LAST` mini-batches to count as diverging."""

PULLED = 10
"""The least number of mini-batches between a unit that begins and those that follow it."""

NEGATIVE = 10
"""The least number of mini-batches for which a unit is negative to be counted."""


def flips(weights: NDArray[np.float64]) -> int:
    """Return in how many of the last `LAST` mini-batches some weight of shape (T, n) changes its sign."""
    signs = np.sign(weights[-LAST - 1 :])
    return int((signs[1:] * signs[:-1] < 0).any(axis=1).sum())


@finding(
    f"LeakyReLU at 0.057: the mean weights and the biases of hidden units grow more than {GROWN:.0e} times, and some "
    f"change sign in most of the last {LAST} finite mini-batches, {MOST}",
    claim="LeakyReLU at 0.057: weights and bias of layer 1 go to and fro between signs and diverge",
    way="published",
)
def just_too_high_a_rate_swings_and_overflows(evidence: Evidence) -> Check:
    runs = several(evidence, optimizer__lr=0.057)
    swung, grown, flipped = 0, [], []
    for run in runs:
        layers = units(evidence, run)
        if len(layers[0]) <= LAST:
            raise MissingEvidence(f"only {len(layers[0])} finite mini-batches in run {run.run_id}")
        flipped.append(float(min(map(flips, layers))))
        grown.append(min(float(np.abs(lines).max() / np.abs(lines[0]).max()) for lines in layers))
        swung += flipped[-1] > LAST / 2 and grown[-1] > GROWN
    text = f"in {swung} of {len(runs)} seeds; signs change in {spread(flipped, '.0f')} of the last {LAST}; "
    return Check(f"{text}grown {spread(grown, '.0e')} times", in_most(swung, len(runs)))


def overflows(runs: Sequence[Recorded]) -> list[int]:
    """Return the mini-batches at which runs diverged, in increasing order."""
    return sorted(int(run.tags["diverged_at"]) for run in runs if run.verdict == "diverged")


def median_overflow(runs: Sequence[Recorded]) -> float:
    """Return the mini-batch at which half of the runs have overflowed; infinity where half never do."""
    at = overflows(runs)
    return float(np.median([*at, *[np.inf] * (len(runs) - len(at))]))


def overflow_summary(runs: Sequence[Recorded]) -> str:
    """Return how many runs overflow, and when, as text: "20 of 20 seeds, at 204 to 458, median 229"."""
    at = overflows(runs)
    when = f", at {at[0]} to {at[-1]}, median {median_overflow(runs):.0f}".replace("inf", "never") if at else ""
    return f"{len(at)} of {len(runs)} seeds{when}"


@finding(
    f"at 0.057 the numbers stop being finite at about mini-batch 350: the median over the seeds is {ABOUT_350[0]} "
    f"to {ABOUT_350[1]}",
    claim="LeakyReLU at 0.057: not finite from about mini-batch 350 on",
    way="published",
)
def it_overflows_at_about_350(evidence: Evidence) -> Check:
    runs = several(evidence, optimizer__lr=0.057)
    found = median_overflow(runs)
    margin = min(found - ABOUT_350[0], ABOUT_350[1] - found)
    return Check(overflow_summary(runs), margin >= 0, margin if np.isfinite(margin) else None)


@finding(
    "LeakyReLU at 0.056, the article's seed: stays finite, where 0.057 does not",
    claim="LeakyReLU at 0.056: on the edge, stays finite",
    way="published",
)
def a_hair_lower_stays_finite(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=0.056, seed=SEED)
    if not stays_finite(evidence, run):
        return Check(f"not finite at mini-batch {run.tags['diverged_at']}", False)
    if stays_finite(evidence, evidence.run_with(optimizer__lr=0.057, seed=SEED)):
        raise MissingEvidence("at 0.057 it stays finite too, so the edge is not here")
    return Check(f"finite to the end; training accuracy {accuracy(evidence, run):.3f}", True)


@finding(
    "0.057 and 0.056 are on either side of an edge: fewer seeds overflow at 0.056 (McNemar's exact test, "
    f"p < {SIGNIFICANT})",
    claim="an edge lies between 0.057, which overflows, and 0.056, which does not",
    way="published",
)
def the_edge_is_between_two_rates(evidence: Evidence) -> Check:
    higher, lower = several(evidence, optimizer__lr=0.057), several(evidence, optimizer__lr=0.056)
    lost = [{run.params["seed"]: run.verdict == "diverged" for run in runs} for runs in (higher, lower)]
    if not (shared := lost[0].keys() & lost[1].keys()):
        raise MissingEvidence("no seed with both rates")
    only_higher = sum(lost[0][seed] and not lost[1][seed] for seed in shared)
    only_lower = sum(lost[1][seed] and not lost[0][seed] for seed in shared)
    p = mcnemar(only_higher, only_lower)
    text = f"0.057: {overflow_summary(higher)}; 0.056: {overflow_summary(lower)}; p = {p:.2g}"
    return Check(text, only_higher > only_lower and p < SIGNIFICANT, SIGNIFICANT - p)


def astray(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mini-batch at which each unit begins to diverge, shape (n,); infinity where it does not.

    That is when its size first exceeds `ASTRAY` times the largest size of any unit in the first `LAST` mini-batches.

    Args:
        lines: Means of weights, or biases, shape (T, n).
    """
    beyond = np.abs(lines) > ASTRAY * np.abs(lines[:LAST]).max()
    return np.where(beyond.any(axis=0), beyond.argmax(axis=0) + 1.0, np.inf)


@finding(
    f"LeakyReLU at 0.057: a unit begins to diverge, half of the layer {PULLED} mini-batches after it or later, and in the "
    f"end all do, {MOST}",
    claim="once one unit begins to diverge it makes the others diverge too",
    way="published",
)
def one_diverging_unit_pulls_the_others_along(evidence: Evidence) -> Check:
    after, whole, pulled = [], [], 0
    runs = several(evidence, optimizer__lr=0.057)
    for run in runs:
        begun = np.sort(astray(units(evidence, run)[0]))
        if np.isfinite(begun).all():
            after.append(float(np.median(begun) - begun[0]))
            whole.append(float(begun[-1] - begun[0]))
            pulled += after[-1] >= PULLED
    if not after:
        return Check("in no seed do all units diverge", False)
    text = (
        f"in {pulled} of {len(runs)} seeds; half of the layer {spread(after, '.0f')} mini-batches after the first unit"
    )
    return Check(f"{text}, the last {spread(whole, '.0f')}", in_most(pulled, len(runs)))


@finding(
    f"LeakyReLU at 0.056: a unit with a negative mean weight and a negative bias for {NEGATIVE} mini-batches or more "
    "goes on changing: in 99 % of these mini-batches or more",
    claim="after weights and bias have turned negative there still is a gradient, and they go on changing",
    way="published",
)
def leaky_units_go_on_moving_while_negative(evidence: Evidence) -> Check:
    moved = counted = stretches = 0
    for run in several(evidence, optimizer__lr=0.056):
        weights, biases = units(evidence, run)
        negative = (weights < 0) & (biases < 0)
        changed = (np.diff(weights, axis=0) != 0) | (np.diff(biases, axis=0) != 0)
        for unit in range(negative.shape[1]):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], negative[:-1, unit].astype(int), [0]])))
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                if end - start >= NEGATIVE:
                    stretches += 1
                    counted += end - start
                    moved += int(changed[start:end, unit].sum())
    if not counted:
        raise MissingEvidence(f"no unit is negative for {NEGATIVE} mini-batches")
    fraction = moved / counted
    return Check(
        f"in {fraction:.1%} of {counted} mini-batches, {stretches} stretches", fraction >= 0.99, fraction - 0.99
    )


@finding(
    f"LeakyReLU at 0.001: finite, training accuracy above {LEARNT}, at most {FEW:.0%} of the units stop, {MOST}",
    claim="LeakyReLU at 0.001: learns smoothly",
    way="published",
)
def a_low_rate_learns_without_dying(evidence: Evidence) -> Check:
    runs = several(evidence, optimizer__lr=0.001)
    healthy = sum(is_healthy(evidence, run) for run in runs)
    lost = spread([float(stopped(evidence, run).mean()) for run in runs])
    found = spread([accuracy(evidence, run) for run in runs], ".3f")
    return Check(f"in {healthy} of {len(runs)} seeds; {lost} stop, accuracy {found}", in_most(healthy, len(runs)))

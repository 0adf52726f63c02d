"""E4: optimizers compared on a network and in a ravine.

The settings are those of `optimizers` and `optimizers_surface` in `sweeps/`. The findings about the network were
published for training without batch normalization, so these checks leave the runs with it out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.surfaces import path
from zerosweep.experiments.findings.ways import in_both_ways
from zerosweep.report.evidence import Evidence, Level, MissingEvidence
from zerosweep.report.finding import Check, finding

ACCURACY = "test/accuracy"

CHANCE = 0.2
"""The accuracy up to which a network has learned nothing: twice that of a guess among ten classes."""

ITERATIONS = 1000
"""The length of the article's runs: a shorter run that has learned nothing might still learn."""

CONVERGED = 0.8
"""The test accuracy of a converged run. It has converged at the first evaluation after which it never falls below."""

BY_ABOUT_600 = 660
"""The last iteration that counts as about 600: a tenth more."""

AS_FAST = 100
"""The largest number of iterations, a tenth of the run, between two runs that converge about equally fast."""

IN_THE_MEDIAN = f"in the median over the seeds; converged: from then on the test accuracy stays at {CONVERGED} or above"
"""The summary over seeds in all findings: the order of almost equally fast optimizers changes from seed to seed."""

RIVALS = ("momentum", "adagrad", "rmsprop", "adam")
"""All optimizers but SGD."""


def converged_at(steps: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """Return the step from which on the values stay at or above `CONVERGED`; infinity where there is none.

    Args:
        steps: Shape (n,), increasing.
        values: Shape (n,).
    """
    below = np.flatnonzero(values < CONVERGED)
    first = below[-1] + 1 if len(below) else 0
    return float(steps[first]) if first < len(steps) else math.inf


def setbacks(values: NDArray[np.float64]) -> float:
    """Return the sum of all falls from one value of shape (n,) to the next: 0 for a curve that never falls."""
    return float(np.maximum(values[:-1] - values[1:], 0).sum())


PerSeed = list[float]
"""A number for each seed."""


FIRST_STEP = {"published": "published", "ours": "accumulated"}
"""The first step of AdaGrad, by way: the article divides it by √h₀ alone, and never adds its gradient."""


def _curves(evidence: Evidence, optimizer: str, way: str) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    rule: dict[str, Level] = {"optimizer__first_step": FIRST_STEP[way]} if optimizer == "adagrad" else {}
    return [evidence.curve(run, ACCURACY) for run in evidence.runs_with(optimizer=optimizer, bn=False, **rule)]


def _converged(evidence: Evidence, optimizer: str, way: str = "published") -> PerSeed:
    return [converged_at(*curve) for curve in _curves(evidence, optimizer, way)]


def _before(first: PerSeed, second: PerSeed) -> float:
    """Return by how many iterations the median of the first is smaller; -infinity where the second is never."""
    return float(np.median(second) - np.median(first)) if np.median(second) < math.inf else -math.inf


def _summary(name: str, numbers: PerSeed, form: str = ".0f") -> str:
    """Return the median, with the extremes of more than one seed, as text: "Adam 190 (150 to 290)"."""
    median, low, high = (format(value(numbers), form).replace("inf", "never") for value in (np.median, min, max))
    return f"{name} {median}" + (f" ({low} to {high})" if len(numbers) > 1 else "")


@finding(
    f"without BN the test accuracy of SGD never exceeds {CHANCE}, whatever the seed",
    claim="with SGD the accuracy does not rise: it does not learn",
    way="published",
)
def sgd_stays_at_chance(evidence: Evidence) -> Check:
    curves = _curves(evidence, "sgd", "published")
    if (last := max(int(steps[-1]) for steps, _ in curves)) < ITERATIONS:
        raise MissingEvidence(f"SGD was run for {last} iterations, of {ITERATIONS}")
    best = max(float(values.max()) for _, values in curves)
    return Check(f"at most {best:.3f}", best <= CHANCE, CHANCE - best)


@finding(
    f"momentum converges by about iteration 600: by {BY_ABOUT_600}, {IN_THE_MEDIAN}",
    claim="with momentum learning proceeds, and has almost converged at about 600",
    way="published",
)
def momentum_converges_by_600(evidence: Evidence) -> Check:
    steps = _converged(evidence, "momentum")
    median = float(np.median(steps))
    return Check(_summary("momentum", steps), median <= BY_ABOUT_600, BY_ABOUT_600 - median)


@in_both_ways(
    f"AdaGrad converges, and later than momentum, {IN_THE_MEDIAN}",
    "AdaGrad converges in the end, and takes longer than momentum",
)
def adagrad_converges_after_momentum(evidence: Evidence, way: str) -> Check:
    adagrad, momentum = _converged(evidence, "adagrad", way), _converged(evidence, "momentum")
    margin = _before(momentum, adagrad)
    return Check(f"{_summary('AdaGrad', adagrad)}, {_summary('momentum', momentum)}", margin > 0, margin)


@in_both_ways(f"RMSProp converges earlier than AdaGrad, {IN_THE_MEDIAN}", "RMSProp converges sooner than AdaGrad")
def rmsprop_converges_before_adagrad(evidence: Evidence, way: str) -> Check:
    rmsprop, adagrad = _converged(evidence, "rmsprop"), _converged(evidence, "adagrad", way)
    earlier = bool(np.median(rmsprop) < np.median(adagrad))
    return Check(f"{_summary('RMSProp', rmsprop)}, {_summary('AdaGrad', adagrad)}", earlier, _before(rmsprop, adagrad))


@finding(
    f"Adam and RMSProp converge within {AS_FAST} iterations of each other, {IN_THE_MEDIAN}",
    claim="Adam converges as fast as RMSProp",
    way="published",
)
def adam_is_as_fast_as_rmsprop(evidence: Evidence) -> Check:
    adam, rmsprop = _converged(evidence, "adam"), _converged(evidence, "rmsprop")
    medians = float(np.median(adam)), float(np.median(rmsprop))
    apart = abs(medians[0] - medians[1]) if max(medians) < math.inf else math.inf
    return Check(f"{_summary('Adam', adam)}, {_summary('RMSProp', rmsprop)}", apart <= AS_FAST, AS_FAST - apart)


@finding(
    "the curve of Adam is the smoothest: the falls of its test accuracy, from one evaluation to the next and added up, "
    "are the smallest (median over the seeds; SGD apart)",
    claim="with Adam the accuracy rises more smoothly than with the others",
    way="published",
)
def adam_is_the_smoothest(evidence: Evidence) -> Check:
    for name in RIVALS:
        if np.median(_converged(evidence, name)) == math.inf:
            raise MissingEvidence(f"{name} does not converge, so the falls of its curve mean nothing")
    falls = {name: [setbacks(values) for _, values in _curves(evidence, name, "published")] for name in RIVALS}
    text = ", ".join(_summary(name, numbers, ".2f") for name, numbers in falls.items())
    medians = {name: float(np.median(numbers)) for name, numbers in falls.items()}
    margin = min(value for name, value in medians.items() if name != "adam") - medians["adam"]
    return Check(text, margin > 0, margin)


ZIGZAG = 25
"""The least number of steps, of 30, that cross the floor of the ravine in a zigzag."""

LESS = 0.5
"""The fraction of the crossings of SGD that the others stay below."""


PAST = 0.25
"""The fraction of the starting height that an overshoot must exceed."""

EARLY = 10
"""The steps, a third of the run, after which progress along the ravine is compared."""


def crossings(points: NDArray[np.float64]) -> int:
    """Return how many steps of a path, of shape (T, 2), lead across the floor of the ravine, x1 = 0."""
    side = np.sign(points[:, 1])
    return int(np.count_nonzero(side[:-1] * side[1:] < 0))


def detour(points: NDArray[np.float64]) -> float:
    """Return the length of a path over the distance between its ends: 1 for a straight line.

    Args:
        points: Shape (T, 2); the first and the last point must differ.
    """
    steps, end_to_end = np.diff(points, axis=0), points[-1] - points[0]
    return float(np.hypot(*steps.T).sum() / np.hypot(*end_to_end))


def _paths(evidence: Evidence) -> dict[str, NDArray[np.float64]]:
    names = ("sgd", "momentum", "adagrad", "adam")
    return {name: path(evidence, evidence.run_with(optimizer=name)) for name in names}


@finding(f"at least {ZIGZAG} of the 30 steps of SGD lead across the floor of the ravine", source="book")
def sgd_zigzags(evidence: Evidence) -> Check:
    points = path(evidence, evidence.run_with(optimizer="sgd"))
    crossed = crossings(points)
    return Check(f"{crossed} of {len(points) - 1} steps", crossed >= ZIGZAG)


@finding(
    f"momentum, AdaGrad and Adam cross the floor of the ravine less than {LESS} times as often as SGD", source="book"
)
def the_others_zigzag_less(evidence: Evidence) -> Check:
    crossed = {name: crossings(points) for name, points in _paths(evidence).items()}
    if not crossed["sgd"]:
        raise MissingEvidence("SGD does not cross the floor here")
    text = ", ".join(f"{name} {times}" for name, times in crossed.items())
    return Check(text, all(times < LESS * crossed["sgd"] for name, times in crossed.items() if name != "sgd"))


@finding(
    "of the four paths that of AdaGrad is the straightest: its length over the distance it covers is the smallest",
    source="ours",
)
def adagrad_goes_straightest(evidence: Evidence) -> Check:
    detours = {name: detour(points) for name, points in _paths(evidence).items()}
    text = ", ".join(f"{name} {ratio:.2f}" for name, ratio in detours.items())
    return Check(text, min(detours, key=lambda name: detours[name]) == "adagrad")


@finding(
    f"where the ravine is steep, across it, momentum swings past the floor to more than {PAST:.0%} of the height at "
    "which it started",
    claim="where it is steep, momentum's inertia carries it past the optimum",
)
def momentum_overshoots(evidence: Evidence) -> Check:
    across = _paths(evidence)["momentum"][:, 1]
    if not across[0]:
        raise MissingEvidence("the path starts on the floor")
    past = float(max(-across * np.sign(across[0])) / abs(across[0]))
    return Check(f"{max(past, 0):.0%} of the height on the other side", past > PAST, past - PAST)


@finding(
    f"along the ravine, where the slope is gentle, AdaGrad comes nearer to the minimum in {EARLY} steps than SGD",
    claim="AdaGrad nears the optimum where slopes are gentle",
)
def adagrad_gets_on_where_it_is_gentle(evidence: Evidence) -> Check:
    left = {name: float(abs(points[min(EARLY, len(points) - 1), 0])) for name, points in _paths(evidence).items()}
    text = f"{left['adagrad']:.2f} left to go along the ravine, with SGD {left['sgd']:.2f}"
    return Check(text, left["adagrad"] < left["sgd"], left["sgd"] - left["adagrad"])


@finding(
    "in the ravine the path of Adam is straighter than that of momentum: its length over the distance it covers",
    claim="Adam joins momentum and RMSProp, and comes to the optimum comparatively smoothly",
)
def adam_goes_smoothly(evidence: Evidence) -> Check:
    detours = {name: detour(points) for name, points in _paths(evidence).items()}
    text = f"Adam {detours['adam']:.2f}, momentum {detours['momentum']:.2f}"
    return Check(text, detours["adam"] < detours["momentum"], detours["momentum"] - detours["adam"])

"""E4: optimizers side by side, on the network (`sweeps/optimizers.yaml`) and in a ravine (`sweeps/optimizers_surface.yaml`).

What was published of the network is about training without batch normalization, and so are these checks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.surfaces import path
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

ACCURACY = "test/accuracy"

CHANCE = 0.2
"""Twice the accuracy of a guess among ten classes: what stays below has learnt nothing."""

ITERATIONS = 1000
"""Of the article's runs: what has learnt nothing in less may do so yet."""

CONVERGED = 0.8
"""A test accuracy, eight of ten digits right; a run has converged at the first evaluation from which on it stays there."""

BY_ABOUT_600 = 660
"""Iterations: a tenth of grace."""

AS_FAST = 100
"""Iterations, a tenth of the run, within which two runs converge about equally fast."""

IN_THE_MEDIAN = f"in the median over the seeds; converged: from then on the test accuracy stays at {CONVERGED} or above"
"""One seed is no answer: the order of two optimizers that are nearly as fast changes from seed to seed."""

RIVALS = ("momentum", "adagrad", "rmsprop", "adam")
"""All but SGD."""


def converged_at(steps: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """The step from which on the values stay at or above `CONVERGED`; infinite where they do not. steps, values: (n,)."""
    below = np.flatnonzero(values < CONVERGED)
    first = below[-1] + 1 if len(below) else 0
    return float(steps[first]) if first < len(steps) else math.inf


def setbacks(values: NDArray[np.float64]) -> float:
    """How far the values fall in all: the sum of every fall from one to the next, 0 for a curve that only rises. (n,)"""
    return float(np.maximum(values[:-1] - values[1:], 0).sum())


Over = list[float]
"""A number for each seed."""


def _curves(evidence: Evidence, optimizer: str) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    return [evidence.curve(run, ACCURACY) for run in evidence.runs_with(optimizer=optimizer, bn=False)]


def _converged(evidence: Evidence, optimizer: str) -> Over:
    return [converged_at(*curve) for curve in _curves(evidence, optimizer)]


def _told(name: str, numbers: Over, form: str = ".0f") -> str:
    """ "adam at 190 (150 to 290)": the median, and the extremes where there is more than one seed."""
    median, low, high = (format(value(numbers), form).replace("inf", "never") for value in (np.median, min, max))
    return f"{name} {median}" + (f" ({low} to {high})" if len(numbers) > 1 else "")


@finding(f"without BN the test accuracy of SGD never exceeds {CHANCE}, whatever the seed")
def sgd_stays_at_chance(evidence: Evidence) -> Check:
    curves = _curves(evidence, "sgd")
    if (last := max(int(steps[-1]) for steps, _ in curves)) < ITERATIONS:
        raise MissingEvidence(f"SGD was run for {last} iterations, of {ITERATIONS}")
    best = max(float(values.max()) for _, values in curves)
    return Check(f"at most {best:.3f}", best <= CHANCE)


@finding(f"momentum converges by about iteration 600: by {BY_ABOUT_600}, {IN_THE_MEDIAN}")
def momentum_converges_by_600(evidence: Evidence) -> Check:
    steps = _converged(evidence, "momentum")
    return Check(_told("momentum", steps), bool(np.median(steps) <= BY_ABOUT_600))


@finding(f"AdaGrad converges, and later than momentum, {IN_THE_MEDIAN}")
def adagrad_converges_after_momentum(evidence: Evidence) -> Check:
    adagrad, momentum = _converged(evidence, "adagrad"), _converged(evidence, "momentum")
    later = bool(np.median(momentum) < np.median(adagrad) < math.inf)
    return Check(f"{_told('AdaGrad', adagrad)}, {_told('momentum', momentum)}", later)


@finding(f"RMSProp converges earlier than AdaGrad, {IN_THE_MEDIAN}")
def rmsprop_converges_before_adagrad(evidence: Evidence) -> Check:
    rmsprop, adagrad = _converged(evidence, "rmsprop"), _converged(evidence, "adagrad")
    earlier = bool(np.median(rmsprop) < np.median(adagrad))
    return Check(f"{_told('RMSProp', rmsprop)}, {_told('AdaGrad', adagrad)}", earlier)


@finding(f"Adam and RMSProp converge within {AS_FAST} iterations of each other, {IN_THE_MEDIAN}")
def adam_is_as_fast_as_rmsprop(evidence: Evidence) -> Check:
    adam, rmsprop = _converged(evidence, "adam"), _converged(evidence, "rmsprop")
    medians = float(np.median(adam)), float(np.median(rmsprop))
    close = max(medians) < math.inf and abs(medians[0] - medians[1]) <= AS_FAST
    return Check(f"{_told('Adam', adam)}, {_told('RMSProp', rmsprop)}", close)


@finding(
    "the curve of Adam is the smoothest: the falls of its test accuracy, from one evaluation to the next and added up, are the "
    "smallest (median over the seeds; SGD apart)"
)
def adam_is_the_smoothest(evidence: Evidence) -> Check:
    for name in RIVALS:
        if np.median(_converged(evidence, name)) == math.inf:
            raise MissingEvidence(f"{name} does not converge, and what does not rise does not fall")
    falls = {name: [setbacks(values) for _, values in _curves(evidence, name)] for name in RIVALS}
    told = ", ".join(_told(name, numbers, ".2f") for name, numbers in falls.items())
    return Check(told, min(falls, key=lambda name: float(np.median(falls[name]))) == "adam")


ZIGZAG = 25
"""Of 30 steps, those that cross the floor of the ravine: nearly all."""

LESS = 0.5
"""Of the crossings of SGD: what the others have less than."""


def crossings(points: NDArray[np.float64]) -> int:
    """How many steps lead from one side of the ravine's floor, x1 = 0, to the other. points: (T, 2)."""
    side = np.sign(points[:, 1])
    return int(np.count_nonzero(side[:-1] * side[1:] < 0))


def detour(points: NDArray[np.float64]) -> float:
    """The length of the path over the distance from its start to its end: 1 for a straight line. points: (T, 2), not all equal."""
    steps, whole = np.diff(points, axis=0), points[-1] - points[0]
    return float(np.hypot(*steps.T).sum() / np.hypot(*whole))


def _paths(evidence: Evidence) -> dict[str, NDArray[np.float64]]:
    names = ("sgd", "momentum", "adagrad", "adam")
    return {name: path(evidence, evidence.run_with(optimizer=name)) for name in names}


@finding(f"at least {ZIGZAG} of the 30 steps of SGD lead across the floor of the ravine")
def sgd_zigzags(evidence: Evidence) -> Check:
    points = path(evidence, evidence.run_with(optimizer="sgd"))
    found = crossings(points)
    return Check(f"{found} of {len(points) - 1} steps", found >= ZIGZAG)


@finding(f"momentum, AdaGrad and Adam cross the floor of the ravine less than {LESS} times as often as SGD")
def the_others_zigzag_less(evidence: Evidence) -> Check:
    found = {name: crossings(points) for name, points in _paths(evidence).items()}
    if not found["sgd"]:
        raise MissingEvidence("SGD does not cross the floor here")
    told = ", ".join(f"{name} {times}" for name, times in found.items())
    return Check(told, all(times < LESS * found["sgd"] for name, times in found.items() if name != "sgd"))


@finding("of the four paths that of AdaGrad is the straightest: its length over the distance it covers is the smallest")
def adagrad_goes_straightest(evidence: Evidence) -> Check:
    found = {name: detour(points) for name, points in _paths(evidence).items()}
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
    return Check(told, min(found, key=lambda name: found[name]) == "adagrad")

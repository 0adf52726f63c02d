"""E4: optimizers side by side, on the network (`sweeps/optimizers.yaml`) and in a ravine (`sweeps/optimizers_surface.yaml`).

What was published of the network is about training without batch normalization, and so are these checks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zerosweep.sweep.findings.evidence import Evidence, Lacking
from zerosweep.sweep.findings.finding import Seen, finding
from zerosweep.sweep.findings.surfaces import path

ACCURACY = "test/accuracy"

CHANCE = 0.2
"""Twice the accuracy of a guess among ten classes: what stays below has learnt nothing."""

CONVERGED = 0.8
"""A test accuracy, eight of ten digits right; a run has converged at the first evaluation from which on it stays there."""

BY_ABOUT_600 = 660
"""Iterations: a tenth of grace."""

AS_FAST = 100
"""Iterations, a tenth of the run, within which two runs converge about equally fast."""

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


def _curve(evidence: Evidence, optimizer: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return evidence.curve(evidence.one(optimizer=optimizer, bn=False), ACCURACY)


def _converged(evidence: Evidence, *optimizers: str) -> list[float]:
    return [converged_at(*_curve(evidence, optimizer)) for optimizer in optimizers]


def _told(optimizers: tuple[str, ...], steps: list[float]) -> str:
    words = (f"at iteration {step:g}" if step < math.inf else "not at all" for step in steps)
    return ", ".join(f"{name} {word}" for name, word in zip(optimizers, words, strict=True))


@finding(f"without BN the test accuracy of SGD never exceeds {CHANCE}")
def sgd_stays_at_chance(evidence: Evidence) -> Seen:
    best = _curve(evidence, "sgd")[1].max()
    return Seen(f"at most {best:.3f}", bool(best <= CHANCE))


@finding(f"from iteration {BY_ABOUT_600} on at the latest, the test accuracy of momentum stays at {CONVERGED} or above")
def momentum_converges_by_600(evidence: Evidence) -> Seen:
    steps = _converged(evidence, "momentum")
    return Seen(_told(("momentum",), steps), steps[0] <= BY_ABOUT_600)


@finding(f"AdaGrad converges (stays at a test accuracy of {CONVERGED}), and later than momentum")
def adagrad_converges_after_momentum(evidence: Evidence) -> Seen:
    adagrad, momentum = steps = _converged(evidence, "adagrad", "momentum")
    return Seen(_told(("AdaGrad", "momentum"), steps), momentum < adagrad < math.inf)


@finding(f"RMSProp converges (stays at a test accuracy of {CONVERGED}) earlier than AdaGrad")
def rmsprop_converges_before_adagrad(evidence: Evidence) -> Seen:
    rmsprop, adagrad = steps = _converged(evidence, "rmsprop", "adagrad")
    return Seen(_told(("RMSProp", "AdaGrad"), steps), rmsprop < adagrad)


@finding(
    f"Adam and RMSProp converge (stay at a test accuracy of {CONVERGED}) within {AS_FAST} iterations of each other"
)
def adam_is_as_fast_as_rmsprop(evidence: Evidence) -> Seen:
    adam, rmsprop = steps = _converged(evidence, "adam", "rmsprop")
    return Seen(_told(("Adam", "RMSProp"), steps), max(steps) < math.inf and abs(adam - rmsprop) <= AS_FAST)


@finding(
    "the falls of the test accuracy, from one evaluation to the next and added up, are smallest for Adam (SGD apart)"
)
def adam_is_the_smoothest(evidence: Evidence) -> Seen:
    falls = {name: setbacks(_curve(evidence, name)[1]) for name in RIVALS}
    return Seen(
        ", ".join(f"{name} {fall:.2f}" for name, fall in falls.items()),
        min(falls, key=lambda name: falls[name]) == "adam",
    )


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
    return {name: path(evidence, evidence.one(optimizer=name)) for name in names}


@finding(f"at least {ZIGZAG} of the 30 steps of SGD lead across the floor of the ravine")
def sgd_zigzags(evidence: Evidence) -> Seen:
    points = path(evidence, evidence.one(optimizer="sgd"))
    found = crossings(points)
    return Seen(f"{found} of {len(points) - 1} steps", found >= ZIGZAG)


@finding(f"momentum, AdaGrad and Adam cross the floor of the ravine less than {LESS} times as often as SGD")
def the_others_zigzag_less(evidence: Evidence) -> Seen:
    found = {name: crossings(points) for name, points in _paths(evidence).items()}
    if not found["sgd"]:
        raise Lacking("SGD does not cross the floor here")
    told = ", ".join(f"{name} {times}" for name, times in found.items())
    return Seen(told, all(times < LESS * found["sgd"] for name, times in found.items() if name != "sgd"))


@finding("of the four paths that of AdaGrad is the straightest: its length over the distance it covers is the smallest")
def adagrad_goes_straightest(evidence: Evidence) -> Seen:
    found = {name: detour(points) for name, points in _paths(evidence).items()}
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
    return Seen(told, min(found, key=lambda name: found[name]) == "adagrad")

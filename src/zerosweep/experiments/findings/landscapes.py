"""E4: where optimizers part, on surfaces with a saddle, a local minimum and a valley.

The settings are those of `sweeps/optimizers_landscapes.yaml`. The article describes such places and draws none, so
surfaces, starts and rates are ours. The rates were chosen after a look at some of each; an optimizer that is held at
one rate may be free at another, which is why those that are compared share theirs.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zerosweep.experiments.findings.surfaces import path
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import Check, finding
from zerosweep.tasks.function import VALUE

SADDLE = 0.25
"""The height of the saddle."""

AT_IT = 0.01
"""The distance from a height within which a path is at it."""

OFF = 0.05
"""The height below which a path has left the saddle or the shallow well for good."""

LOCAL = 0.76
"""The height of the shallow well."""

DOWN = 0.01
"""The height below which a path has come to the lowest point of the valley."""

FASTER = 0.5
"""The fraction of the steps of gradient descent within which momentum must come down the valley."""


def height(evidence: Evidence, function: str, optimizer: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the steps of a run and the height of the surface at each, shape (n,) each."""
    return evidence.curve(evidence.run_with(task__function=function, optimizer=optimizer), VALUE)


def down_at(steps: NDArray[np.int64], values: NDArray[np.float64], level: float) -> float:
    """Return the first step from which on the values stay below a level; infinity where there is none."""
    above = np.flatnonzero(~(values < level))
    first = above[-1] + 1 if len(above) else 0
    return float(steps[first]) if first < len(steps) else math.inf


def _ends(evidence: Evidence, function: str, optimizer: str) -> tuple[float, str]:
    """Return the last height of a run, and that height with the last point as text."""
    run = evidence.run_with(task__function=function, optimizer=optimizer)
    _, values = evidence.curve(run, VALUE)
    x0, x1 = path(evidence, run)[-1]
    return float(values[-1]), f"ends at height {values[-1]:.2g}, at ({x0:.2f}, {x1:.2f})"


@finding(
    f"at the end AdaGrad is still at the saddle: its height is within {AT_IT} of {SADDLE}",
    claim="AdaGrad's rate shrinks, so that it can be held at a saddle",
)
def adagrad_is_held_at_a_saddle(evidence: Evidence) -> Check:
    last, text = _ends(evidence, "saddle", "adagrad")
    return Check(text, abs(last - SADDLE) <= AT_IT, AT_IT - abs(last - SADDLE))


@finding(
    f"at the rate of AdaGrad RMSProp leaves the saddle: it ends below {OFF}",
    claim="RMSProp, with its decay, mends AdaGrad's trouble with saddles",
)
def rmsprop_leaves_the_saddle(evidence: Evidence) -> Check:
    last, text = _ends(evidence, "saddle", "rmsprop")
    when = down_at(*height(evidence, "saddle", "rmsprop"), OFF)
    return Check(f"{text}; below {OFF} from step {when:g} on", last < OFF, OFF - last)


@finding(
    f"gradient descent ends in the shallow well: its height is within {AT_IT} of {LOCAL}",
    claim="gradient descent may find a local minimum only",
)
def sgd_ends_in_a_local_minimum(evidence: Evidence) -> Check:
    last, text = _ends(evidence, "wells", "sgd")
    return Check(text, abs(last - LOCAL) <= AT_IT, AT_IT - abs(last - LOCAL))


@finding(
    f"at the rate of gradient descent momentum leaves the shallow well for the deep one: it ends below {OFF}",
    claim="momentum does not stay in a local optimum and tends to the global one",
)
def momentum_leaves_a_local_minimum(evidence: Evidence) -> Check:
    last, text = _ends(evidence, "wells", "momentum")
    return Check(text, last < OFF, OFF - last)


@finding(
    f"RMSProp leaves the shallow well for the deep one: it ends below {OFF}",
    claim="RMSProp does not stay in a local optimum and tends to the global one",
)
def rmsprop_leaves_a_local_minimum(evidence: Evidence) -> Check:
    last, text = _ends(evidence, "wells", "rmsprop")
    return Check(text, last < OFF, OFF - last)


@finding(
    f"in the valley momentum stays below {DOWN} from some step on, and gradient descent at the same rate not within "
    f"{1 / FASTER:g} times as many steps",
    claim="with momentum the way from the valley's floor to its lowest point is short",
)
def momentum_is_fast_along_a_valley(evidence: Evidence) -> Check:
    fast, slow = (down_at(*height(evidence, "valley", name), DOWN) for name in ("momentum", "sgd"))
    steps, values = height(evidence, "valley", "sgd")
    ends = f"not in {steps[-1]} (there {values[-1]:.2g})" if slow == math.inf else f"from step {slow:g} on"
    text = f"momentum from step {fast:g} on, gradient descent {ends}"
    reach = min(slow, float(steps[-1]))
    return Check(text, fast < FASTER * reach, FASTER * reach - fast)

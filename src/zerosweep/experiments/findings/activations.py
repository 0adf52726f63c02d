"""E1: the distribution of the outputs of hidden layers before training.

The settings are those of `sweeps/activation_histograms.yaml`.
"""

from __future__ import annotations

from zerosweep.figures.drawing.histograms import Histogram, from_arrays
from zerosweep.figures.names import ACTIVATIONS
from zerosweep.report.evidence import Evidence, Level, MissingEvidence
from zerosweep.report.finding import Check, finding

BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
"""The bounds of the outputs of each saturating activation."""

NEAR = 0.05
"""Outputs within this distance of a bound are saturated: a sigmoid's slope there is at most a fifth of its largest."""

MOST = 0.5
"""The fraction of a layer's outputs above which most of them are saturated."""

COLLAPSED = 0.05
"""The standard deviation below which the outputs of a layer are almost equal. A sigmoid's outputs are in [0, 1]."""

HALF = 0.5
"""The spread lasts where the last layer's standard deviation is HALF to 1 / HALF times that of the first layer."""

MATCHED = {"sigmoid": "xavier", "tanh": "xavier", "relu": "he"}
"""The init that was designed for each activation."""


def layers(evidence: Evidence, activation: str, **init: Level) -> list[Histogram]:
    """Return the histogram of each hidden layer before training, at least one.

    Args:
        evidence: The runs.
        activation: The value of `model.activation`.
        init: The other settings that select the run.
    """
    run = evidence.run_with(model__activation=activation, **init)
    histograms = from_arrays(evidence.arrays(run, ACTIVATIONS), "untrained")
    if not histograms:
        raise MissingEvidence(f"no hidden layer in run {run.run_id}")
    return histograms


def saturated(histogram: Histogram, activation: str) -> float:
    """Return the fraction of outputs within `NEAR` of a bound of the activation."""
    low, high = BOUNDS[activation]
    return histogram.below(low + NEAR) + 1 - histogram.below(high - NEAR)


@finding(
    f"with s = 1 more than {MOST:.0%} of the outputs of every hidden layer are within {NEAR} of a bound, "
    f"with sigmoid and with tanh",
    source="book",
)
def too_large_saturates(evidence: Evidence) -> Check:
    fractions = {
        activation: [
            saturated(layer, activation) for layer in layers(evidence, activation, init="normal", init__scale=1.0)
        ]
        for activation in BOUNDS
    }
    texts = [f"{activation} {min(by_layer):.0%} to {max(by_layer):.0%}" for activation, by_layer in fractions.items()]
    least = min(min(by_layer) for by_layer in fractions.values())
    return Check(", ".join(texts), least > MOST, least - MOST)


@finding(
    f"with s = 0.01 the outputs of the last hidden layer have a standard deviation below {COLLAPSED}", source="book"
)
def too_small_collapses(evidence: Evidence) -> Check:
    ends = {activation: layers(evidence, activation, init="normal", init__scale=0.01)[-1].std for activation in MATCHED}
    texts = [f"{activation} {std:.2g}" for activation, std in ends.items()]
    return Check(", ".join(texts), max(ends.values()) < COLLAPSED, COLLAPSED - max(ends.values()))


@finding(
    f"with Xavier's init for sigmoid and tanh, and He's for ReLU, the standard deviation of the last hidden layer's "
    f"outputs is {HALF:g} to {1 / HALF:g} times that of the first's, and no layer has more than {MOST:.0%} of them "
    "saturated",
    claim="with suitable initial weights the activations of all layers have a fair spread",
)
def the_matched_init_keeps_a_spread(evidence: Evidence) -> Check:
    texts, matched = [], True
    for activation, init in MATCHED.items():
        histograms = layers(evidence, activation, init=init)
        if len(histograms) < 2:
            raise MissingEvidence(f"one hidden layer with {activation}, where the finding compares two")
        first, last = histograms[0].std, histograms[-1].std
        at_bounds = max(saturated(layer, activation) for layer in histograms) if activation in BOUNDS else 0.0
        matched &= HALF * first <= last <= first / HALF and at_bounds <= MOST
        texts.append(f"{activation} {first:.2g} → {last:.2g}")
    return Check(", ".join(texts), bool(matched))

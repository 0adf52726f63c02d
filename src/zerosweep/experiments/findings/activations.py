"""E1: how a network's outputs are distributed before it is trained. The settings are those of
`sweeps/activation_histograms.yaml`."""

from __future__ import annotations

from zerosweep.figures.drawing.histograms import Histogram, from_arrays
from zerosweep.figures.names import ACTIVATIONS
from zerosweep.report.evidence import Evidence, Lacking, Level
from zerosweep.report.finding import Check, finding

BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
"""Between which a saturating activation's outputs lie."""

NEAR = 0.05
"""An output as near to a bound as this is saturated: a sigmoid's slope is there a fifth of its largest, or less."""

MOST = 0.5
"""The share of a layer's outputs above which most of them are saturated."""

COLLAPSED = 0.05
"""The standard deviation below which a layer's outputs are all but equal: inputs are in [0, 1], a sigmoid's outputs too."""

HALF = 0.5
"""A spread is kept where the last layer's standard deviation is between this share of the first's and its inverse."""

MATCHED = {"sigmoid": "xavier", "tanh": "xavier", "relu": "he"}
"""Which init was made for which activation."""


def layers(evidence: Evidence, activation: str, **init: Level) -> list[Histogram]:
    """Of each hidden layer before training, at least one."""
    run = evidence.one(model__activation=activation, **init)
    found = from_arrays(evidence.arrays(run, ACTIVATIONS), "untrained")
    if not found:
        raise Lacking(f"no hidden layer in run {run.run_id}")
    return found


def saturated(histogram: Histogram, activation: str) -> float:
    """The share of outputs near a bound."""
    low, high = BOUNDS[activation]
    return histogram.below(low + NEAR) + 1 - histogram.below(high - NEAR)


@finding(
    f"with s = 1 more than {MOST:.0%} of the outputs of every hidden layer are within {NEAR} of a bound, "
    f"with sigmoid and with tanh"
)
def too_large_saturates(evidence: Evidence) -> Check:
    shares = {
        activation: [saturated(one, activation) for one in layers(evidence, activation, init="normal", init__scale=1.0)]
        for activation in BOUNDS
    }
    told = [f"{activation} {min(those):.0%} to {max(those):.0%}" for activation, those in shares.items()]
    return Check(", ".join(told), all(share > MOST for those in shares.values() for share in those))


@finding(f"with s = 0.01 the outputs of the last hidden layer have a standard deviation below {COLLAPSED}")
def too_small_collapses(evidence: Evidence) -> Check:
    ends = {activation: layers(evidence, activation, init="normal", init__scale=0.01)[-1].std for activation in MATCHED}
    told = [f"{activation} {std:.2g}" for activation, std in ends.items()]
    return Check(", ".join(told), all(std < COLLAPSED for std in ends.values()))


@finding(
    f"with Xavier's init for sigmoid and tanh, and He's for ReLU, the standard deviation of the last hidden layer's outputs is "
    f"{HALF:g} to {1 / HALF:g} times that of the first's, and no layer has more than {MOST:.0%} of them saturated"
)
def the_matched_init_keeps_a_spread(evidence: Evidence) -> Check:
    told, kept = [], True
    for activation, init in MATCHED.items():
        found = layers(evidence, activation, init=init)
        if len(found) < 2:
            raise Lacking(f"one hidden layer with {activation}, so there is no way on which a spread may be lost")
        first, last = found[0].std, found[-1].std
        at_bounds = max(saturated(one, activation) for one in found) if activation in BOUNDS else 0.0
        kept &= HALF * first <= last <= first / HALF and at_bounds <= MOST
        told.append(f"{activation} {first:.2g} → {last:.2g}")
    return Check(", ".join(told), bool(kept))

"""E1: batch normalization against the weight scale, with the settings of `sweeps/bn_weight_scale.yaml`."""

from __future__ import annotations

import numpy as np

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

EXCEPTIONS = (0.293, 0.158)
"""The scales at which the article reports no gain from batch normalization."""

LARGE, SMALL = 0.54, 0.0251
"""The window of weight scales, ends excluded, outside of which the article's networks learn nothing without BN."""

SPREAD = (0.1, 2.0)
"""The range of a fair spread. ReLUs of normal numbers with variance 1 have 0.58; set before the runs."""

LEARNT = 0.3
"""The training accuracy from which on a network has learned something: three times chance."""


def _scales(evidence: Evidence) -> list[float]:
    """Return the weight scales of the runs, some of which must be above and some below the window."""
    scales = [float(scale) for scale in evidence.levels("init.scale")]
    if not (max(scales) >= LARGE and min(scales) <= SMALL):
        raise MissingEvidence(
            f"weight scales from {min(scales):g} to {max(scales):g} only: none above, or none below, the window"
        )
    return scales


@finding(
    f"the mean training accuracy over the epochs is higher with BN at every weight scale, "
    f"except at {EXCEPTIONS[0]} and {EXCEPTIONS[1]}",
    claim="with BN learning is ahead at every scale but 0.29 and 0.158",
    way="published",
)
def bn_is_ahead(evidence: Evidence) -> Check:
    behind, leads = [], []
    _scales(evidence)
    for exception in EXCEPTIONS:
        evidence.runs_with(init__scale=exception)  # the finding is about these two as well
    for scale in evidence.levels("init.scale"):
        with_bn, without = (
            np.mean(evidence.curve(evidence.run_with(init__scale=float(scale), bn=bn), "train/accuracy")[1])
            for bn in (True, False)
        )
        exceptional = any(np.isclose(float(scale), exception) for exception in EXCEPTIONS)
        leads.append(float(without - with_bn if exceptional else with_bn - without))
        if with_bn <= without:
            behind.append(f"{scale} ({with_bn:.2f} against {without:.2f})")
    scales = {float(text.split()[0]) for text in behind}
    return Check(f"behind at {', '.join(behind) or 'no scale'}", scales == set(EXCEPTIONS), min(leads))


@finding(
    f"without BN the training accuracy ends below {LEARNT} where s >= {LARGE} or s <= {SMALL}",
    claim="without BN nothing is learnt at 0.54 and above, nor at 0.025 and below",
    way="published",
)
def nothing_is_learnt_without_bn(evidence: Evidence) -> Check:
    scales = _scales(evidence)
    ends = {
        scale: evidence.final(run, "train/accuracy")
        for scale in scales
        if (run := evidence.run_with(init__scale=scale, bn=False)).verdict != "diverged"
    }
    outside = [scale for scale in scales if scale >= LARGE or scale <= SMALL]
    learnt = [scale for scale in outside if ends.get(scale, 0.0) >= LEARNT]
    diverged = [f"{scale:g}" for scale in scales if scale not in ends]
    finite = [ends[scale] for scale in outside if scale in ends]
    best = f"at most {max(finite):.2f} there" if finite else "no run stayed finite there"
    between = [scale for scale, accuracy in ends.items() if accuracy >= LEARNT]
    span = f"learnt at {min(between):g} to {max(between):g}" if between else "learnt nowhere"
    also = f"; diverged at {', '.join(diverged)}" if diverged else ""
    return Check(f"{best}; {span}{also}", not learnt, LEARNT - max(finite, default=0.0))


@finding(
    f"with BN the outputs of the last hidden layer have a standard deviation of {SPREAD[0]} to {SPREAD[1]} after "
    "training, at every weight scale",
    claim="BN adjusts the distribution of the activations by force",
    way="published",
)
def bn_keeps_a_spread(evidence: Evidence) -> Check:
    stds: dict[bool, list[float]] = {}
    for bn in (True, False):
        for run in evidence.runs_with(bn=bn):
            if run.verdict != "diverged":
                stds.setdefault(bn, []).append(evidence.final(run, "activation_std/hidden5"))
    ranges = {bn: (min(values), max(values)) for bn, values in stds.items()}
    low, high = ranges[True]
    without = f", without {ranges[False][0]:.2g} to {ranges[False][1]:.2g}" if False in ranges else ""
    margin = min(low - SPREAD[0], SPREAD[1] - high)
    return Check(f"with BN {low:.2g} to {high:.2g}{without}", margin >= 0, margin)

"""E1: batch normalization against the weight scale, with the settings of `sweeps/bn_weight_scale.yaml`."""

from __future__ import annotations

import numpy as np

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding

EXCEPTIONS = (0.293, 0.158)
"""The scales at which the article reports no gain from batch normalization."""

LARGE, SMALL = 0.54, 0.0251
"""The window of weight scales, ends excluded, outside of which the article's networks learn nothing without BN."""

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
    f"except at {EXCEPTIONS[0]} and {EXCEPTIONS[1]}"
)
def bn_is_ahead(evidence: Evidence) -> Check:
    behind = []
    _scales(evidence)
    for exception in EXCEPTIONS:
        evidence.runs_with(init__scale=exception)  # the finding is about these two as well
    for scale in evidence.levels("init.scale"):
        with_bn, without = (
            np.mean(evidence.curve(evidence.run_with(init__scale=float(scale), bn=bn), "train/accuracy")[1])
            for bn in (True, False)
        )
        if with_bn <= without:
            behind.append(f"{scale} ({with_bn:.2f} against {without:.2f})")
    scales = {float(text.split()[0]) for text in behind}
    return Check(f"behind at {', '.join(behind) or 'no scale'}", scales == set(EXCEPTIONS))


@finding(f"without BN the training accuracy ends below {LEARNT} where s >= {LARGE} or s <= {SMALL}")
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
    return Check(f"{best}; {span}{also}", not learnt)

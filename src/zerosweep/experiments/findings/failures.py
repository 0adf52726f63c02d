"""E6: units that die, and batch normalization that rescues them.

The settings are those of `dying_relu` and `bn_rescue` in `sweeps/`. The article gives its regime only in pictures that
are lost; it was chosen by the search of `failure_regimes`, by what ReLUs do. A unit has stopped for good where its
lines are flat, which is how the article tells. IN_HALF was set after a first look at four seeds. That the last step of
a unit lowers its mean weight and its bias is reported and not required: the article does not say which step does.
"""

from __future__ import annotations

import numpy as np

from zerosweep.experiments.findings.units import (
    FEW,
    LEARNT,
    accuracy,
    is_healthy,
    several,
    spread,
    stopped,
    trace,
    units,
)
from zerosweep.experiments.findings.ways import in_both_ways
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.statistics import fisher, in_most, sample
from zerosweep.training.traces import stops

CHANCE, NEAR_CHANCE = 0.1, 0.02
"""The accuracy of a guess among ten classes, and the tolerance: the most frequent digit of MNIST is 11.2 % of it."""

SHOWN = 10
"""The hidden units that the article shows, 0 to 9."""

IN_HALF = (0.25, 0.75)
"""The range of the fractions that are nearer to one half than to none or all."""

NEARLY_ALL = 0.9
"""The least fraction that is nearly all."""

CLEAR = 0.001
"""The largest p-value of a clear difference."""

STILL = 1e-6
"""The fraction of the largest bias of the output below which a bias has not moved: rounding explains it."""

MOST = "in most seeds: the 95 % interval of the fraction of seeds is above one half"


@finding(
    f"ReLU at 0.05: units 0 to {SHOWN - 1} all stop for good, training accuracy within {NEAR_CHANCE} of 1/classes, {MOST}",
    claim="ReLU at 0.05: every unit is lost, the accuracy stays at 1/classes",
    way="published",
)
def a_high_rate_kills_every_unit(evidence: Evidence) -> Check:
    runs = several(evidence, optimizer__lr=0.05)
    lost = [stopped(evidence, run) for run in runs]
    found = [accuracy(evidence, run) for run in runs]
    shown = [
        bool(units[:SHOWN].all()) and abs(value - CHANCE) <= NEAR_CHANCE
        for units, value in zip(lost, found, strict=True)
    ]
    layer = spread([float(units.mean()) for units in lost])
    text = f"in {sum(shown)} of {len(runs)} seeds; of the whole layer {layer} stop; accuracy {spread(found, '.3f')}"
    return Check(text, in_most(sum(shown), len(runs)))


@finding(
    f"ReLU at 0.01: the mean fraction of units that stop for good, with its 95 % interval over seeds, is nearer to one "
    f"half than to none or all ({IN_HALF[0]:.0%} to {IN_HALF[1]:.0%})",
    claim="ReLU at 0.01: about half of the units is lost",
    way="published",
)
def a_lower_rate_kills_about_half(evidence: Evidence) -> Check:
    lost = [float(stopped(evidence, run).mean()) for run in several(evidence, optimizer__lr=0.01)]
    found = sample(np.array(lost)[:, None])
    half = float(np.nan_to_num(found.half[0]))
    low, high = found.mean[0] - half, found.mean[0] + half
    text = f"{found.mean[0]:.0%} [{low:.0%}, {high:.0%}]; single seeds {spread(lost)}"
    margin = float(min(low - IN_HALF[0], IN_HALF[1] - high))
    return Check(text, margin >= 0, margin)


@finding(
    f"ReLU at 0.001: at most {FEW:.0%} of the units stop for good, training accuracy above {LEARNT}, {MOST}",
    claim="ReLU at 0.001: learns smoothly",
    way="published",
)
def a_low_rate_keeps_all_alive(evidence: Evidence) -> Check:
    runs = several(evidence, optimizer__lr=0.001)
    healthy = sum(is_healthy(evidence, run) for run in runs)
    found = spread([accuracy(evidence, run) for run in runs], ".3f")
    lost = spread([float(stopped(evidence, run).mean()) for run in runs])
    return Check(f"in {healthy} of {len(runs)} seeds; {lost} stop, accuracy {found}", in_most(healthy, len(runs)))


@finding(
    f"of the units that stop for good at 0.01 {NEARLY_ALL:.0%} or more have a negative mean weight and a negative bias, "
    f"more than of those that go on (Fisher's exact test, p < {CLEAR})",
    claim="weights and bias turn negative together, the activation ends, the gradient ends, and nothing changes any more",
    way="published",
)
def weights_and_bias_turn_negative_together_and_stop(evidence: Evidence) -> Check:
    still, going, lowered = [0, 0], [0, 0], 0
    for run in several(evidence, optimizer__lr=0.01):
        weights, biases = units(evidence, run)
        last = stops(weights, biases)
        negative = (weights[-1] < 0) & (biases[-1] < 0)
        for unit, (end, both) in enumerate(zip(last, negative, strict=True)):
            counts = still if np.isfinite(end) else going
            counts[0 if both else 1] += 1
            if np.isfinite(end) and end > 1:
                step = slice(int(end) - 2, int(end))
                lowered += bool(both and np.diff(weights[step, unit]) < 0 and np.diff(biases[step, unit]) < 0)
    if not sum(still) or not sum(going):
        raise MissingEvidence("all units stop, or none does, so there is nothing to compare with")
    p = fisher((still[0], still[1]), (going[0], going[1]))
    text = (
        f"{still[0]} of {sum(still)} that stop, {going[0]} of {sum(going)} that go on (p = {p:.1g}); "
        f"the last step lowered both in {lowered}"
    )
    margin = still[0] / sum(still) - NEARLY_ALL
    return Check(text, margin >= 0 and p < CLEAR and still[0] * sum(going) > going[0] * sum(still), margin)


@in_both_ways(
    f"BN + ReLU at 0.5, ten times the rate that killed plain ReLU: learns, training accuracy above {LEARNT}, {MOST}",
    claim="BN + ReLU at 0.5, ten times the rate at which ReLU failed: learning proceeds",
)
def bn_learns_at_ten_times_the_rate_that_kills(evidence: Evidence, way: str) -> Check:
    runs = several(evidence, optimizer__lr=0.5, bn=True, model__bn_affine=way == "ours")
    found = [accuracy(evidence, run) for run in runs]
    learnt = sum(run.verdict == "learned" and value > LEARNT for run, value in zip(runs, found, strict=True))
    how = "γ and β trained" if way == "ours" else "no γ, β"
    return Check(
        f"{how}: in {learnt} of {len(runs)} seeds; accuracy {spread(found, '.3f')}", in_most(learnt, len(runs))
    )


@finding(
    f"the biases behind which BN comes stay below {STILL:.0e} of the largest bias of the output, at every rate and seed",
    claim="BN: what is propagated back to a bias sums up to 0, so the bias does not move",
    way="published",
)
def a_bias_behind_bn_does_not_move(evidence: Evidence) -> Check:
    largest: dict[str, tuple[float, float, float]] = {}
    for rate in evidence.levels("optimizer.lr"):
        for run in evidence.runs_with(optimizer__lr=float(rate), bn=True, model__bn_affine=False):
            if run.params.get("model.absorb_bias") != "false":
                raise MissingEvidence(
                    "these biases were left out of the arithmetic; model.absorb_bias=false computes them"
                )
            hidden, output = (
                float(np.abs(trace(evidence, run, f"{layer}_bias")).max()) for layer in ("hidden", "output")
            )
            if not output:
                raise MissingEvidence(f"no bias of the output moves either in run {run.run_id}")
            largest[rate] = max(largest.get(rate, (0.0, 0.0, 0.0)), (hidden / output, hidden, output))
    text = "; ".join(
        f"{rate}: {hidden:.0e}, of the output {output:.2g}" for rate, (_, hidden, output) in largest.items()
    )
    return Check(f"largest at {text}", all(fraction <= STILL for fraction, _, _ in largest.values()))


@finding(
    f"BN + ReLU: at most {FEW:.0%} of the units stop for good, at each of the three rates, {MOST}",
    claim="BN: weights and bias hardly turn negative together, so units are not lost, even at high rates",
    way="published",
)
def no_unit_behind_bn_stops(evidence: Evidence) -> Check:
    texts, most = [], True
    for rate in evidence.levels("optimizer.lr"):
        runs = several(evidence, optimizer__lr=float(rate), bn=True, model__bn_affine=False)
        lost = [float(stopped(evidence, run).mean()) for run in runs]
        sound = sum(fraction <= FEW for fraction in lost)
        texts.append(f"{rate}: in {sound} of {len(runs)} seeds, {spread(lost)} stop")
        most &= in_most(sound, len(runs))
    return Check("; ".join(texts), most)

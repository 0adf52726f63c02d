"""E7: searching the learning rate and the weight scale, and the book's random search."""

from __future__ import annotations

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.statistics import fraction_interval
from zerosweep.tracking.record import Recorded

LEARNS = 0.5
"""The validation accuracy above which a trial has learned: five times chance."""

RATES = (1e-3, 1e-2)
"""The range of the learning rates that do well in the book (Deep Learning from Scratch, section 6.5.2)."""

BEST = 5
"""The number of best runs that the book compares."""


def _learning_fraction(evidence: Evidence, bn: bool) -> tuple[float, float, float, int]:
    """Return the fraction of random trials that learn, the ends of its 95 % interval, and the number of trials."""
    if evidence.sampler != "random":
        raise MissingEvidence(
            f"points chosen by {evidence.sampler or 'no search'}, where only random ones are a fair sample of the plane"
        )
    runs = evidence.runs_with(bn=bn)
    if pruned := sum("pruned" in run.tags for run in runs):
        raise MissingEvidence(
            f"{pruned} of {len(runs)} trials with bn={str(bn).lower()} were stopped before they could learn"
        )
    learns = [run.verdict != "diverged" and run.metrics.get("val/accuracy", 0.0) > LEARNS for run in runs]
    return sum(learns) / len(runs), *fraction_interval(sum(learns), len(runs)), len(runs)


@finding(
    f"BN widens the region of (lr, scale) that learns: the fraction of the plane with a validation accuracy above "
    f"{LEARNS} is larger, and the 95 % intervals of random trials do not overlap",
    source="ours",
)
def bn_widens_the_region(evidence: Evidence) -> Check:
    with_bn, without = _learning_fraction(evidence, True), _learning_fraction(evidence, False)
    texts = [f"{mean:.2f} [{low:.2f}, {high:.2f}] of {count}" for mean, low, high, count in (with_bn, without)]
    return Check(f"with BN {texts[0]}, without {texts[1]}", with_bn[1] > without[2], with_bn[1] - without[2])


@finding(f"the {BEST} best of the random search have learning rates from {RATES[0]:g} to {RATES[1]:g}", source="book")
def the_best_rates_are_high(evidence: Evidence) -> Check:
    runs = [run for run in evidence.finished if "val/accuracy" in run.metrics and run.verdict != "diverged"]
    if len(runs) <= BEST:
        raise MissingEvidence(f"only {len(runs)} runs with a validation accuracy")
    if all(_high(run) for run in runs):
        raise MissingEvidence(f"no learning rate was tried but from {RATES[0]:g} to {RATES[1]:g}")
    best = sorted(runs, key=lambda run: -run.metrics["val/accuracy"])[:BEST]
    rates = [float(run.params["optimizer.lr"]) for run in best]
    return Check(", ".join(f"{rate:.2g}" for rate in rates), all(map(_high, best)))


def _high(run: Recorded) -> bool:
    return RATES[0] <= float(run.params["optimizer.lr"]) <= RATES[1]

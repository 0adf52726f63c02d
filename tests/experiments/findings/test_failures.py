"""The findings of E6, on runs made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.experiments.findings import failures
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import judge
from zerosweep.tracking.record import Recorded


def run(lr, accuracy=0.1, dead=0.0, verdict="learned", at=None, arrays=None, steps=600, **params):
    """Return a run and the arrays of its trace; `at` is the mini-batch where it diverged, if it did."""
    params = {"optimizer.lr": str(lr), "seed": "20170523"} | params
    tags = {"verdict": "diverged", "diverged_at": str(at)} if at else {"verdict": verdict}
    metrics = {"train/accuracy": accuracy, "dead/hidden1": dead, "time/steps": at or steps}
    return Recorded(f"{lr}/{params['seed']}", "1", "", "FINISHED", 0.0, 1.0, params, metrics, tags), arrays or {}


def judged(finding, *runs):
    kept = {one.run_id: arrays for one, arrays in runs}
    evidence = Evidence([one for one, _ in runs], lambda *_: ([], []), lambda run_id, _: kept[run_id])
    (found,) = judge([finding], evidence)
    return found


@pytest.mark.parametrize(
    ("finding", "lr", "accuracy", "dead", "expected"),
    [
        (failures.a_high_rate_kills_every_unit, 0.05, 0.1124, 1.0, "yes"),
        (failures.a_high_rate_kills_every_unit, 0.05, 0.1124, 63 / 64, "no"),
        (failures.a_high_rate_kills_every_unit, 0.05, 0.3, 1.0, "no"),
        (failures.a_high_rate_kills_every_unit, 0.01, 0.1, 1.0, "not measured"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, 0.5, "yes"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, 0.8, "no"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, 0.3, "no"),
        (failures.a_lower_rate_kills_about_half, 0.1, 0.5, 0.5, "not measured"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.9, 0.0, "yes"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.9, 0.2, "no"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.4, 0.0, "no"),
        (failures.a_low_rate_keeps_all_alive, 0.01, 0.9, 0.0, "not measured"),
        (failures.a_low_rate_learns_without_dying, 0.001, 0.9, 0.0, "yes"),
        (failures.a_low_rate_learns_without_dying, 0.001, 0.1, 0.0, "no"),
        (failures.a_low_rate_learns_without_dying, 0.01, 0.1, 0.0, "not measured"),
    ],
)
def test_dead_and_alive(finding, lr, accuracy, dead, expected):
    found = judged(finding, run(lr, accuracy, dead))
    assert found.reproduced == expected
    if expected != "not measured":
        assert found.seen == f"{dead:.0%} dead, training accuracy {accuracy:.3f}"


def swinging(factor, steps=60):
    """Return two weights: one is multiplied by -factor each step, until inf and NaN, and the other is constant."""
    weight = 0.1 * (-factor) ** np.arange(steps)
    return {"hidden_weight": np.vstack([np.column_stack([weight, np.full(steps, 0.5)]), [np.inf, np.nan]])}


def test_it_swings_grows_and_overflows():
    finding = failures.just_too_high_a_rate_swings_and_overflows
    found = judged(finding, run(0.057, at=61, arrays=swinging(2.0)))
    assert found.reproduced == "yes"
    assert found.seen == (
        "a sign changes in 20 of the last 20; largest 5.0e-01 at first, 5.8e+16 at last; not finite at mini-batch 61"
    )  # 0.1 · 2^59
    assert judged(finding, run(0.057, arrays=swinging(2.0))).reproduced == "no", "finite"
    assert judged(finding, run(0.057, at=61, arrays=swinging(-2.0))).reproduced == "no", "no swings"
    assert judged(finding, run(0.057, at=61, arrays=swinging(1.0))).reproduced == "no", "no growth"
    assert judged(finding, run(0.057, at=61)).reproduced == "not measured", "no trace"
    assert judged(finding, run(0.057, at=61, arrays=swinging(2.0), seed="1")).reproduced == "not measured"
    assert judged(finding, run(0.057, arrays={"output_weight": np.ones((60, 10))})).reproduced == "not measured"
    short = run(0.057, at=11, arrays=swinging(2.0, steps=10))
    assert judged(finding, short).reproduced == "not measured"


def test_signs_are_counted_at_the_end():
    weights = np.ones((100, 2))
    weights[90, 1] = -1  # there and back
    assert failures.flips(weights) == 2
    weights[50, 0] = -1  # too early
    assert failures.flips(weights) == 2
    assert failures.flips(np.zeros((100, 2))) == 0


def test_the_edge():
    finding = failures.a_hair_lower_stays_finite
    assert judged(finding, run(0.056), run(0.057, at=350)).reproduced == "yes"
    assert judged(finding, run(0.056), run(0.057)).reproduced == "not measured", "no edge"
    found = judged(finding, run(0.056, at=124))
    assert (found.reproduced, found.seen) == ("no", "not finite at mini-batch 124")
    assert judged(finding, run(0.057)).reproduced == "not measured"
    found = judged(finding, run(0.056, steps=50))
    assert (found.reproduced, found.seen.split(", in")[0]) == ("not measured", "finite for 50 mini-batches, of 600")


def seeds(lr, *at, steps=600):
    """Return a run for each mini-batch at which one diverges; None for one that stays finite."""
    return [run(lr, at=one, seed=str(seed), steps=steps) for seed, one in enumerate(at)]


def test_when_it_overflows():
    finding = failures.it_overflows_at_about_350
    found = judged(finding, *seeds(0.057, 300, 200, None, 400))
    assert (found.reproduced, found.seen) == ("yes", "3 of 4 seeds, at 200 to 400, median 350")
    found = judged(finding, *seeds(0.057, 300, 200, None, None, None))
    assert (found.reproduced, found.seen) == ("no", "2 of 5 seeds, at 200 to 300, median never")
    assert judged(finding, *seeds(0.057, 350, None, steps=400)).reproduced == "not measured", "too short for one"
    assert judged(finding, *seeds(0.057, 30, 40)).reproduced == "no"
    assert judged(finding, *seeds(0.057, None, None)).reproduced == "no"
    assert judged(finding, *seeds(0.057, 350)).reproduced == "not measured", "one seed is a knife's edge"


def test_how_many_overflow():
    finding = failures.the_edge_is_between_two_rates
    found = judged(finding, *seeds(0.057, 300, 200), *seeds(0.056, None, 500))
    assert found.reproduced == "yes"
    assert (
        found.seen == "0.057: 2 of 2 seeds, at 200 to 300, median 250; 0.056: 1 of 2 seeds, at 500 to 500, median never"
    )
    assert judged(finding, *seeds(0.057, 300, 200), *seeds(0.056, 300, 200)).reproduced == "no"
    assert judged(finding, *seeds(0.057, 300, 200)).reproduced == "not measured"


def test_batch_normalization_to_the_rescue():
    finding = failures.bn_learns_at_ten_times_the_rate_that_kills
    assert judged(finding, run(0.5, 0.95, bn="true")).reproduced == "yes"
    assert judged(finding, run(0.5, 0.3, bn="true")).reproduced == "no"
    assert judged(finding, run(0.5, 0.95, verdict="dying", bn="true")).reproduced == "no"
    assert judged(finding, run(0.5, 0.95, bn="false")).reproduced == "not measured"


def test_a_bias_behind_batch_normalization():
    finding = failures.a_bias_behind_bn_does_not_move
    computed = {"bn": "true", "model.absorb_bias": "false"}

    def biases(hidden, output):
        return {"hidden_bias": np.array([[0.0, 0.0], [-hidden, 0.0]]), "output_bias": np.array([[0.0, output]])}

    still = run(0.5, arrays=biases(1e-18, 0.4), **computed)
    found = judged(finding, still, run(0.05, arrays=biases(1e-19, 0.1), **computed))
    assert (found.reproduced, found.seen) == (
        "yes",
        "largest at 0.05: 1e-19, of the output 0.1; 0.5: 1e-18, of the output 0.4",
    )
    assert judged(finding, still, run(0.05, arrays=biases(1e-3, 0.1), **computed)).reproduced == "no"
    assert (
        judged(finding, run(0.5, arrays=biases(0, 0.4), bn="true", **{"model.absorb_bias": "true"})).reproduced
        == "not measured"
    )
    assert judged(finding, run(0.5, **computed)).reproduced == "not measured"
    assert judged(finding, run(0.5, arrays=biases(0, 0), **computed)).reproduced == "not measured", "nothing moves"

"""The findings of E6 on leaky units, on runs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.experiments.findings.units import judged, layer, run, seeds

from zerosweep.experiments.findings import divergence


def swinging(factor, steps=60):
    """Return two units: one is multiplied by -factor each step, until inf and NaN, and the other is constant."""
    weight = 0.1 * (-factor) ** np.arange(steps)
    lines = np.vstack([np.column_stack([weight, np.full(steps, 0.5)]), [np.inf, np.nan]])
    return {"hidden_weight": lines, "hidden_bias": lines}


def test_it_swings_grows_and_overflows():
    finding = divergence.just_too_high_a_rate_swings_and_overflows
    found = judged(finding, *seeds(0.057, 61, 61, 61, 61, arrays=swinging(2.0)))
    assert found.reproduced == "yes"
    assert found.seen == "in 4 of 4 seeds; signs change in 20 of the last 20; grown 1e+17 times"
    calm = [run(0.057, seed=9 + seed, arrays=swinging(1.0)) for seed in range(3)]
    assert judged(finding, *seeds(0.057, 61, arrays=swinging(2.0)), *calm).reproduced == "no", "one of four"
    assert judged(finding, *seeds(0.057, *[61] * 4, arrays=swinging(-2.0))).reproduced == "no", "no swings"
    assert judged(finding, *seeds(0.057, *[61] * 4, arrays=swinging(1.0))).reproduced == "no", "no growth"
    assert judged(finding, *seeds(0.057, 61, 61)).reproduced == "not measured", "no trace"
    assert judged(finding, *seeds(0.057, 11, 11, arrays=swinging(2.0, steps=10))).reproduced == "not measured"


def test_signs_are_counted_at_the_end():
    weights = np.ones((100, 2))
    weights[90, 1] = -1  # there and back
    assert divergence.flips(weights) == 2
    weights[50, 0] = -1  # too early
    assert divergence.flips(weights) == 2
    assert divergence.flips(np.zeros((100, 2))) == 0


def test_the_edge_of_one_seed():
    finding = divergence.a_hair_lower_stays_finite
    assert judged(finding, run(0.056), run(0.057, at=350)).reproduced == "yes"
    assert judged(finding, run(0.056), run(0.057)).reproduced == "not measured", "no edge"
    found = judged(finding, run(0.056, at=124))
    assert (found.reproduced, found.seen) == ("no", "not finite at mini-batch 124")
    assert judged(finding, run(0.057)).reproduced == "not measured"
    found = judged(finding, run(0.056, steps=50))
    assert (found.reproduced, found.seen.split(", in")[0]) == ("not measured", "finite for 50 mini-batches, of 600")


def test_when_it_overflows():
    finding = divergence.it_overflows_at_about_350
    found = judged(finding, *seeds(0.057, 300, 200, None, 400))
    assert (found.reproduced, found.seen) == ("yes", "3 of 4 seeds, at 200 to 400, median 350")
    found = judged(finding, *seeds(0.057, 300, 200, None, None, None))
    assert (found.reproduced, found.seen) == ("no", "2 of 5 seeds, at 200 to 300, median never")
    assert judged(finding, *seeds(0.057, 350, None, steps=400)).reproduced == "not measured", "too short for one"
    assert judged(finding, *seeds(0.057, 30, 40)).reproduced == "no"
    assert judged(finding, *seeds(0.057, None, None)).reproduced == "no"
    assert judged(finding, *seeds(0.057, 350)).reproduced == "not measured", "one seed is a knife's edge"


@pytest.mark.parametrize(
    ("only_higher", "only_lower", "p", "expected"),
    [(6, 0, "0.031", "yes"), (5, 0, "0.062", "no"), (1, 0, "1", "no"), (9, 1, "0.021", "yes"), (0, 8, "0.0078", "no")],
)
def test_the_edge_over_seeds_is_tested_on_the_same_seeds(only_higher, only_lower, p, expected):
    """McNemar's exact p is 2 · (1/2)⁶ for 6 against 0, and 2 · (10 + 1) / 2¹⁰ for 9 against 1."""
    higher = [300] * only_higher + [None] * only_lower + [250, None]
    lower = [None] * only_higher + [300] * only_lower + [500, None]
    found = judged(divergence.the_edge_is_between_two_rates, *seeds(0.057, *higher), *seeds(0.056, *lower))
    assert (found.reproduced, found.seen.rpartition("p = ")[2]) == (expected, p)


def test_a_test_over_seeds_needs_both_rates():
    assert judged(divergence.the_edge_is_between_two_rates, *seeds(0.057, 300, 200)).reproduced == "not measured"


def pulled(first, others, steps=80):
    """Return four units that grow tenfold a step: one from mini-batch `first` on, the others from `others` on."""
    t = np.arange(1, steps + 1)[:, None]
    begun = np.array([first, *[others] * 3])
    lines = 0.1 * 10.0 ** np.clip(t - begun, 0, 50)
    return {"hidden_weight": lines, "hidden_bias": lines}


def test_one_unit_begins_and_the_others_follow():
    finding = divergence.one_diverging_unit_pulls_the_others_along
    found = judged(finding, *seeds(0.057, *[81] * 4, arrays=pulled(30, 40)))
    assert found.reproduced == "yes"
    assert found.seen == "in 4 of 4 seeds; half of the layer 10 mini-batches after the first unit, the last 10"
    assert judged(finding, *seeds(0.057, *[81] * 4, arrays=pulled(30, 39))).reproduced == "no", "nearly at once"
    assert judged(finding, *seeds(0.057, *[81] * 4, arrays=pulled(30, 200))).reproduced == "no", "the others stay"


def test_when_a_unit_goes_astray():
    """From 0.1 tenfold a step: at mini-batch 33 it is at a hundred times 0.1, and at 34 beyond."""
    assert list(divergence.astray(pulled(30, 200)["hidden_weight"])) == [33, np.inf, np.inf, np.inf]


def test_negative_units_go_on_moving():
    finding = divergence.leaky_units_go_on_moving_while_negative
    moving = layer(0, steps=200)
    down = {name: -lines for name, lines in moving.items()}
    found = judged(finding, *seeds(0.056, None, None, arrays=down))
    assert (found.reproduced, found.seen) == ("yes", "in 100.0% of 25472 mini-batches, 128 stretches")  # 2 · 64 · 199
    flat = {name: np.full((200, 64), -1.0) for name in moving}
    assert judged(finding, *seeds(0.056, None, None, arrays=flat)).reproduced == "no"
    assert judged(finding, *seeds(0.056, None, None, arrays=moving)).reproduced == "not measured", "none is negative"
    mixed = {"hidden_weight": down["hidden_weight"], "hidden_bias": moving["hidden_bias"]}
    assert judged(finding, *seeds(0.056, None, None, arrays=mixed)).reproduced == "not measured", "the bias is not"


@pytest.mark.parametrize(("accuracy", "still", "expected"), [(0.9, 0, "yes"), (0.1, 0, "no"), (0.9, 30, "no")])
def test_a_low_rate(accuracy, still, expected):
    runs = seeds(0.001, *[None] * 4, accuracy=accuracy, arrays=layer(still))
    assert judged(divergence.a_low_rate_learns_without_dying, *runs).reproduced == expected

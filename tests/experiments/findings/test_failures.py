"""The findings of E6 on ReLUs and on batch normalization, on runs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.experiments.findings.units import judged, layer, run

from zerosweep.experiments.findings import failures


def repeats(lr, of, **changes):
    """Return a run for each of these numbers of units, of 64, that stop for good."""
    return [run(lr, seed=seed, arrays=layer(still), **changes) for seed, still in enumerate(of)]


@pytest.mark.parametrize(
    ("finding", "lr", "accuracy", "of", "expected"),
    [
        (failures.a_high_rate_kills_every_unit, 0.05, 0.1124, [64, 64, 63, 64, 64], "yes"),
        (failures.a_high_rate_kills_every_unit, 0.05, 0.1124, [9, 64, 64, 64, 9], "no"),
        (failures.a_high_rate_kills_every_unit, 0.05, 0.3, [64] * 5, "no"),
        (failures.a_high_rate_kills_every_unit, 0.01, 0.1, [64] * 5, "not measured"),
        (failures.a_high_rate_kills_every_unit, 0.05, 0.1, [64], "not measured"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, [20, 30, 40, 35], "yes"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, [0, 64, 32], "no"),  # a mean, but not in any seed
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, [60, 61, 62], "no"),
        (failures.a_lower_rate_kills_about_half, 0.01, 0.5, [10, 11, 12], "no"),
        (failures.a_lower_rate_kills_about_half, 0.1, 0.5, [32, 32], "not measured"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.9, [0, 0, 1, 2], "yes"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.9, [0, 0, 10, 10], "no"),
        (failures.a_low_rate_keeps_all_alive, 0.001, 0.4, [0, 0, 0, 0], "no"),
        (failures.a_low_rate_keeps_all_alive, 0.01, 0.9, [0, 0], "not measured"),
    ],
)
def test_lost_and_alive(finding, lr, accuracy, of, expected):
    assert judged(finding, *repeats(lr, of, accuracy=accuracy)).reproduced == expected


def test_about_half_is_told_with_its_interval():
    """Mean 0.5, standard deviation √(2 · 0.1² / 2), and t = 4.303 with two degrees of freedom: ± 0.248."""
    found = judged(failures.a_lower_rate_kills_about_half, *(
        run(0.01, seed=seed, arrays=layer(still, units=100)) for seed, still in enumerate((40, 50, 60))
    ))  # fmt: skip
    assert found.seen == "50% [25%, 75%]; single seeds 40% to 60%"


def test_they_turn_negative_together_and_stop():
    finding = failures.weights_and_bias_turn_negative_together_and_stop
    found = judged(finding, *repeats(0.01, [30, 20]))
    assert (found.reproduced, found.seen.partition(" (")[0]) == ("yes", "50 of 50 that stop, 0 of 78 that go on")
    assert found.seen.endswith("the last step lowered both in 50")
    above = [run(0.01, seed=seed, arrays=layer(30, end=5.0)) for seed in range(2)]
    assert judged(finding, *above).reproduced == "no", "they stop where they are positive"
    one_sided = [run(0.01, seed=seed, arrays=layer(30) | {"hidden_bias": np.ones((120, 64))}) for seed in range(2)]
    assert judged(finding, *one_sided).reproduced == "no", "the bias is not negative"
    assert judged(finding, *repeats(0.01, [0, 0])).reproduced == "not measured"
    assert judged(finding, run(0.01, seed=0), run(0.01, seed=1)).reproduced == "not measured", "no trace"


def test_batch_normalization_to_the_rescue_in_either_way():
    ways = failures.bn_learns_at_ten_times_the_rate_that_kills
    behind = {"bn": "true", "model.bn_affine": "false"}
    runs = [run(0.5, 0.9, seed=seed, **behind) for seed in range(4)]
    found = judged(ways["published"], *runs)
    assert (found.reproduced, found.seen) == ("yes", "no γ, β: in 4 of 4 seeds; accuracy 0.900")
    assert judged(ways["ours"], *runs).reproduced == "not measured"
    trained = [run(0.5, 0.1, seed=seed, **behind | {"model.bn_affine": "true"}) for seed in range(4)]
    assert judged(ways["ours"], *runs, *trained).reproduced == "no"
    assert judged(ways["published"], *runs[:2], *(run(0.5, 0.3, seed=s, **behind) for s in (7, 8))).reproduced == "no"
    dying = [run(0.5, 0.9, "dying", seed=seed, **behind) for seed in range(4)]
    assert judged(ways["published"], *dying).reproduced == "no"


COMPUTED = {"bn": "true", "model.bn_affine": "false", "model.absorb_bias": "false"}


def biases(hidden, output):
    return {"hidden_bias": np.array([[0.0, 0.0], [-hidden, 0.0]]), "output_bias": np.array([[0.0, output]])}


def test_a_bias_behind_batch_normalization():
    finding = failures.a_bias_behind_bn_does_not_move
    still = run(0.5, arrays=biases(1e-18, 0.4), **COMPUTED)
    found = judged(finding, still, run(0.05, arrays=biases(1e-19, 0.1), **COMPUTED))
    assert (found.reproduced, found.seen) == (
        "yes",
        "largest at 0.05: 1e-19, of the output 0.1; 0.5: 1e-18, of the output 0.4",
    )
    moved = run(0.5, arrays=biases(1e-3, 0.1), **COMPUTED | {"seed": 1})
    assert judged(finding, still, moved).reproduced == "no", "in one of two seeds"
    absorbed = run(0.5, arrays=biases(0, 0.4), **COMPUTED | {"model.absorb_bias": "true"})
    assert judged(finding, absorbed).reproduced == "not measured"
    assert judged(finding, run(0.5, **COMPUTED)).reproduced == "not measured"
    assert judged(finding, run(0.5, arrays=biases(0, 0), **COMPUTED)).reproduced == "not measured", "nothing moves"


def test_no_unit_behind_batch_normalization_stops():
    finding = failures.no_unit_behind_bn_stops
    sound = [*repeats(0.5, [0, 0, 0, 1], **COMPUTED), *repeats(0.05, [0, 0, 0, 0], **COMPUTED)]
    found = judged(finding, *sound)
    assert (found.reproduced, found.seen) == (
        "yes",
        "0.05: in 4 of 4 seeds, 0% stop; 0.5: in 4 of 4 seeds, 0% to 2% stop",
    )
    assert judged(finding, *sound, *repeats(0.01, [0, 9, 9, 9], **COMPUTED)).reproduced == "no", "at one of the rates"

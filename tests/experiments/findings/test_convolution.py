"""The findings of E2, on made-up costs."""

import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import convolution as e2

SETTINGS = {
    "high": {"bn": False, "optimizer__lr": 0.01, "loss__clip": 1e-10, "model__bn_momentum": 0.9},
    "high_unclipped": {"bn": False, "optimizer__lr": 0.01, "loss__clip": 0.0, "model__bn_momentum": 0.9},
    "low": {"bn": False, "optimizer__lr": 0.001, "loss__clip": 1e-10, "model__bn_momentum": 0.9},
    "published": {"bn": True, "optimizer__lr": 0.01, "loss__clip": 1e-10, "model__bn_momentum": 1},
    "ours": {"bn": True, "optimizer__lr": 0.01, "loss__clip": 1e-10, "model__bn_momentum": 0.99},
}


def cost(*fifths):
    """Return the costs of 100 mini-batches: 20 for ten of them, and then these means of the fifths."""
    values = [value for value in fifths for _ in range(20)]
    values[:10], values[10:20] = [20.0] * 10, [2 * fifths[0] - 20.0] * 10
    return values


DOWN, FLAT, BUMPY = cost(15, 5, 2, 1, 1), cost(20, 20, 21, 20, 20), cost(15, 1, 8, 1, 1)


def cases(verdict="learned", **costs):
    runs = Runs()
    for name, values in costs.items():
        runs.add({"train/loss": values}, verdict=verdict, **SETTINGS[name])
    return runs


@pytest.mark.parametrize(
    ("finding", "case", "costs", "reproduced"),
    [
        (e2.a_high_rate_fails_without_bn, "high", FLAT, "yes"),
        (e2.a_high_rate_fails_without_bn, "high", DOWN, "no"),
        (e2.a_high_rate_fails_without_bn, "high", cost(15, 10, 10, 10, 10), "yes"),  # half is not less than half
        (e2.a_high_rate_fails_without_bn, "high", [20.0] * 20, "not measured"),  # too short
        (e2.the_clip_is_why, "high_unclipped", DOWN, "not measured"),  # nor is the clipped one there
        (e2.a_low_rate_learns_without_bn, "low", BUMPY, "yes"),
        (e2.a_low_rate_learns_without_bn, "low", FLAT, "no"),
        *((e2.a_high_rate_learns_with_bn[way], way, DOWN, "yes") for way in ("published", "ours")),
        *((e2.a_high_rate_learns_with_bn[way], way, BUMPY, "no") for way in ("published", "ours")),
        *((e2.a_high_rate_learns_with_bn[way], way, FLAT, "no") for way in ("published", "ours")),
        (e2.a_high_rate_learns_with_bn["ours"], "published", DOWN, "not measured"),
    ],
)
def test_a_cost_comes_down_or_it_does_not(finding, case, costs, reproduced):
    assert cases(**{case: costs}).judge(finding).reproduced == reproduced


@pytest.mark.parametrize(
    ("clipped", "unclipped", "reproduced"),
    [(FLAT, DOWN, "yes"), (FLAT, FLAT, "no"), (DOWN, DOWN, "not measured"), (DOWN, FLAT, "not measured")],
)
def test_the_clip_explains_only_what_fails_with_it(clipped, unclipped, reproduced):
    assert cases(high=clipped, high_unclipped=unclipped).judge(e2.the_clip_is_why).reproduced == reproduced


def test_the_costs_are_shown():
    assert cases(low=DOWN).judge(e2.a_low_rate_learns_without_bn).seen == "20 → 15 → 5 → 2 → 1 → 1"


def test_what_diverged_has_not_come_down():
    judged = cases(verdict="diverged", low=DOWN).judge(e2.a_low_rate_learns_without_bn)
    assert (judged.reproduced, judged.seen) == ("no", "20 → 15 → 5 → 2 → 1 → 1, diverged")


@pytest.mark.parametrize(("published", "reproduced"), [(0.3, "yes"), (0.95, "yes"), (0.957, "no"), (0.97, "no")])
def test_statistics_that_are_never_updated_cost_accuracy(published, reproduced):
    runs = Runs().add({"val/accuracy": [published]}, **SETTINGS["published"])
    runs.add({"val/accuracy": [0.96]}, **SETTINGS["ours"])
    assert runs.judge(e2.running_statistics_are_what_validation_needs).reproduced == reproduced

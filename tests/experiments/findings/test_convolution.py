"""The findings of E2, on made-up costs."""

import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import convolution as e2


def cases(**costs):
    """Validation costs by case: high, high_unclipped, low (without BN) and bn."""
    settings = {"high": (False, 0.01, 1e-10), "high_unclipped": (False, 0.01, 0.0), "low": (False, 0.001, 1e-10),
                "bn": (True, 0.01, 1e-10)}  # fmt: skip
    runs = Runs()
    for name, values in costs.items():
        bn, lr, clip = settings[name]
        runs.add({"val/loss": values}, bn=bn, optimizer__lr=lr, loss__clip=clip)
    return runs


DOWN, FLAT, BUMPY = [20.0, 5.0, 1.0], [20.0, 20.5, 20.5], [20.0, 1.0, 3.0, 1.0]


@pytest.mark.parametrize(
    ("finding", "case", "costs", "reproduced"),
    [
        (e2.a_high_rate_fails_without_bn, "high", FLAT, "yes"),
        (e2.a_high_rate_fails_without_bn, "high", DOWN, "no"),
        (e2.a_high_rate_fails_without_bn, "high", [20.0, 10.0], "yes"),  # half is not less than half
        (e2.the_clip_is_why, "high_unclipped", DOWN, "not measured"),  # nor is the clipped one there
        (e2.a_low_rate_learns_without_bn, "low", BUMPY, "yes"),
        (e2.a_low_rate_learns_without_bn, "low", FLAT, "no"),
        (e2.a_high_rate_learns_with_bn, "bn", DOWN, "yes"),
        (e2.a_high_rate_learns_with_bn, "bn", BUMPY, "no"),
        (e2.a_high_rate_learns_with_bn, "bn", FLAT, "no"),
        (e2.a_high_rate_learns_with_bn, "high", DOWN, "not measured"),
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
    assert cases(low=DOWN).judge(e2.a_low_rate_learns_without_bn).seen == "20 → 5 → 1"


def test_what_diverged_has_not_come_down():
    runs = Runs().add({"val/loss": DOWN}, verdict="diverged", bn=False, optimizer__lr=0.001, loss__clip=1e-10)
    judged = runs.judge(e2.a_low_rate_learns_without_bn)
    assert (judged.reproduced, judged.seen) == ("no", "20 → 5 → 1, diverged")

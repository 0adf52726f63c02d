"""The findings of E7, on made-up trials."""

from dataclasses import replace

import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import searches as e7


def plane(with_bn, without, of=100):
    """Return `of` trials with batch normalization and `of` without, of which these numbers learn."""
    runs = Runs(sampler="random")
    for bn, learn in ((True, with_bn), (False, without)):
        for i in range(of):
            runs.add({"val/accuracy": [0.1, 0.9 if i < learn else 0.1]}, bn=bn)
    return runs


def test_a_region_is_wider_where_the_intervals_are_apart():
    judged = plane(70, 8).judge(e7.bn_widens_the_region)
    assert judged.reproduced == "yes"
    # Wilson's interval of 70 of 100 by hand: (0.7 + z²/200 ± z √(0.21/100 + z²/40000)) / (1 + z²/100), z = 1.96
    assert judged.seen == "with BN 0.70 [0.60, 0.78] of 100, without 0.08 [0.04, 0.15] of 100"
    assert plane(30, 25).judge(e7.bn_widens_the_region).reproduced == "no"
    assert plane(8, 70).judge(e7.bn_widens_the_region).reproduced == "no"


def test_a_trial_that_diverged_does_not_learn():
    runs = plane(0, 0)
    for _ in range(100):
        runs.add({"val/accuracy": [0.9]}, verdict="diverged", bn=True)
    assert "with BN 0.00" in runs.judge(e7.bn_widens_the_region).seen


@pytest.mark.parametrize("sampler", ["", "tpe", "qmc", "random tpe"])
def test_only_random_points_are_a_sample_of_the_plane(sampler):
    runs = plane(70, 8)
    runs.sampler = sampler
    judged = runs.judge(e7.bn_widens_the_region)
    assert judged.reproduced == "not measured"
    assert judged.seen.startswith(f"points chosen by {sampler or 'no search'}, ")


def test_a_trial_that_was_stopped_early_is_no_evidence():
    runs = plane(70, 8)
    runs.runs[0] = replace(runs.runs[0], tags={"verdict": "stuck", "pruned": "true"})
    judged = runs.judge(e7.bn_widens_the_region)
    assert (judged.reproduced, judged.seen) == (
        "not measured",
        "1 of 100 trials with bn=true were stopped before they could learn",
    )


def test_without_one_half_nothing_is_measured():
    runs = Runs(sampler="random").add({"val/accuracy": [0.9]}, bn=True)
    assert runs.judge(e7.bn_widens_the_region).reproduced == "not measured"


def best(*rates, worst=1e-6):
    """Return a run for each rate, the best first, and ten bad runs with the rate `worst`."""
    runs = Runs()
    for place, rate in enumerate([*rates, *[worst] * 10]):
        runs.add({"val/accuracy": [0.9 - place / 100]}, optimizer__lr=rate)
    return runs


def test_the_best_five_rates_are_looked_at():
    judged = best(0.001, 0.002, 0.005, 0.01, 0.008, 0.5).judge(e7.the_best_rates_are_high)
    assert (judged.reproduced, judged.seen) == ("yes", "0.001, 0.002, 0.005, 0.01, 0.008")
    assert best(0.001, 0.002, 0.005, 0.01, 0.02).judge(e7.the_best_rates_are_high).reproduced == "no"
    assert Runs().judge(e7.the_best_rates_are_high).reproduced == "not measured"
    only_high = best(0.001, 0.002, 0.005, 0.01, 0.008, worst=0.003).judge(e7.the_best_rates_are_high)
    assert (only_high.reproduced, only_high.seen) == (
        "not measured",
        "no learning rate was tried but from 0.001 to 0.01",
    )

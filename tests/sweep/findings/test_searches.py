"""E7's findings, on trials made up."""

from tests.sweep.findings.conftest import Runs

from zerosweep.sweep.findings import searches as e7


def plane(with_bn, without, of=100):
    """So many trials that learn, of `of` with batch normalization and of `of` without."""
    runs = Runs()
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


def test_without_one_half_nothing_is_measured():
    runs = Runs().add({"val/accuracy": [0.9]}, bn=True)
    assert runs.judge(e7.bn_widens_the_region).reproduced == "not measured"


def best(*rates):
    """The first rate does best; ten more do badly."""
    runs = Runs()
    for place, rate in enumerate([*rates, *[1e-6] * 10]):
        runs.add({"val/accuracy": [0.9 - place / 100]}, optimizer__lr=rate)
    return runs


def test_the_best_five_rates_are_looked_at():
    judged = best(0.001, 0.002, 0.005, 0.01, 0.008, 0.5).judge(e7.the_best_rates_are_high)
    assert (judged.reproduced, judged.seen) == ("yes", "0.001, 0.002, 0.005, 0.01, 0.008")
    assert best(0.001, 0.002, 0.005, 0.01, 0.02).judge(e7.the_best_rates_are_high).reproduced == "no"
    assert Runs().judge(e7.the_best_rates_are_high).reproduced == "not measured"

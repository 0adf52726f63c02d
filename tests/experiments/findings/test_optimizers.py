"""The findings of E4, on curves and paths made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import optimizers as e4

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def rising(at: int, falls: float = 0.0) -> list[float]:
    """Return test accuracies every ten iterations up to 1,000: 0.9 from iteration `at` on, with one fall by `falls`."""
    values = [0.1] * (at // 10) + [0.9] * (101 - at // 10)
    values[-2] -= falls
    return values


def network(seeds: int = 1, **at: int | list[int]) -> Runs:
    """Return a run without BN for each optimizer and seed, and one with BN, which no finding may use.

    Args:
        seeds: The number of seeds.
        at: The iteration at which each optimizer converges. SGD stays at chance.
    """
    runs = Runs()
    for name, when in {"sgd": 2000, **at}.items():
        for seed in range(seeds):
            step = when[seed] if isinstance(when, list) else when
            values = rising(step) if step <= 1000 else [0.1135] * 101
            for first_step in ("accumulated", "published") if name == "adagrad" else ("",):
                rule = {"optimizer__first_step": first_step} if first_step else {}
                runs.add({"test/accuracy": values}, optimizer=name, bn=False, seed=seed, **rule)
        runs.add({"test/accuracy": rising(10)}, optimizer=name, bn=True, seed=0)
    return runs


PUBLISHED = {"momentum": 600, "adagrad": 700, "rmsprop": 300, "adam": 250}

ALL = [
    e4.sgd_stays_at_chance,
    e4.momentum_converges_by_600,
    *e4.adagrad_converges_after_momentum.values(),
    *e4.rmsprop_converges_before_adagrad.values(),
    e4.adam_is_as_fast_as_rmsprop,
]


def test_convergence_is_from_where_on_a_curve_stays_up():
    steps = np.arange(5) * 10

    assert e4.converged_at(steps, np.array([0.1, 0.9, 0.7, 0.8, 0.9])) == 30
    assert e4.converged_at(steps, np.array([0.8, 0.9, 0.9, 0.8, 0.9])) == 0
    assert e4.converged_at(steps, np.array([0.9, 0.9, 0.9, 0.9, 0.79])) == math.inf


def test_setbacks_by_hand():
    assert e4.setbacks(np.array([0.1, 0.5, 0.4, 0.6, 0.3])) == pytest.approx(0.1 + 0.3)


@given(SHARES)
def test_setbacks_are_what_is_lost_on_the_way(values):
    """The rises of a curve add up to its falls and the difference of its ends."""
    change = np.diff(values)
    gains = float(change[change > 0].sum())

    assert e4.setbacks(np.array(values)) == pytest.approx(gains - (values[-1] - values[0]), abs=1e-9)


@pytest.mark.parametrize("finding", ALL, ids=lambda finding: finding.name)
def test_the_published_order_is_reproduced(finding):
    assert network(**PUBLISHED).judge(finding).reproduced == "yes"
    assert network(seeds=3, **PUBLISHED).judge(finding).reproduced == "yes"


NOT_SO = [
    (e4.sgd_stays_at_chance, {"sgd": 900}),
    (e4.momentum_converges_by_600, {"momentum": 670}),
    (e4.adagrad_converges_after_momentum["ours"], {"adagrad": 600}),
    (e4.adagrad_converges_after_momentum["ours"], {"adagrad": 2000}),
    (e4.rmsprop_converges_before_adagrad["ours"], {"rmsprop": 700}),
    (e4.adam_is_as_fast_as_rmsprop, {"adam": 410}),
    (e4.adam_is_as_fast_as_rmsprop, {"adam": 2000, "rmsprop": 2000}),
]


@pytest.mark.parametrize(("finding", "otherwise"), NOT_SO, ids=lambda value: getattr(value, "name", str(value)))
def test_another_order_is_not(finding, otherwise):
    assert network(**{**PUBLISHED, **otherwise}).judge(finding).reproduced == "no"


@pytest.mark.parametrize("finding", [*ALL, e4.adam_is_the_smoothest], ids=lambda finding: finding.name)
def test_runs_that_are_not_there_are_not_measured(finding):
    assert Runs().judge(finding).reproduced == "not measured"
    only_bn = Runs().add({"test/accuracy": rising(10)}, optimizer="sgd", bn=True)
    assert only_bn.judge(finding).reproduced == "not measured"


def test_seeds_are_judged_by_their_median_and_shown_with_their_extremes():
    judged = network(3, momentum=[400, 650, 900], adagrad=[410, 700, 420]).judge(
        e4.adagrad_converges_after_momentum["ours"]
    )

    assert judged.reproduced == "no"
    assert judged.seen == "AdaGrad 420 (410 to 700), momentum 650 (400 to 900)"
    assert network(1, momentum=600).judge(e4.momentum_converges_by_600).seen == "momentum 600"
    assert network(1, momentum=2000).judge(e4.momentum_converges_by_600).seen == "momentum never"


def test_the_smoothest_is_the_one_with_the_least_falls():
    runs, rough = Runs(), Runs()
    for name, falls in {"momentum": 0.3, "adagrad": 0.2, "rmsprop": 0.25, "adam": 0.1}.items():
        rule = {"optimizer__first_step": "published"}
        runs.add({"test/accuracy": rising(100, falls)}, optimizer=name, bn=False, **rule)
        rough.add({"test/accuracy": rising(100, 0.4 - falls)}, optimizer=name, bn=False, **rule)

    assert runs.judge(e4.adam_is_the_smoothest).reproduced == "yes"
    assert runs.judge(e4.adam_is_the_smoothest).seen == "momentum 0.30, adagrad 0.20, rmsprop 0.25, adam 0.10"
    assert rough.judge(e4.adam_is_the_smoothest).reproduced == "no"


def test_a_short_run_says_nothing_of_what_never_learns():
    judged = Runs().add({"test/accuracy": [0.1] * 10}, optimizer="sgd", bn=False).judge(e4.sgd_stays_at_chance)
    assert (judged.reproduced, judged.seen) == ("not measured", "SGD was run for 90 iterations, of 1000")


def test_a_curve_that_does_not_rise_is_not_smooth():
    judged = network(**{**PUBLISHED, "adam": 2000}).judge(e4.adam_is_the_smoothest)
    assert (judged.reproduced, judged.seen.split(",")[0]) == ("not measured", "adam does not converge")


def test_each_way_has_its_own_adagrad():
    curves = {"accumulated": rising(400), "published": rising(700)}
    runs = Runs().add({"test/accuracy": rising(500)}, optimizer="momentum", bn=False)
    for first_step, values in curves.items():
        runs.add({"test/accuracy": values}, optimizer="adagrad", bn=False, optimizer__first_step=first_step)
    published, ours = (runs.judge(e4.adagrad_converges_after_momentum[way]) for way in ("published", "ours"))
    assert (published.reproduced, published.margin, published.way) == ("yes", 200, "published")
    assert (ours.reproduced, ours.margin, ours.claim) == ("no", -100, published.claim)


ZIGZAG = [[-7 + t / 10, 2.0 * (-1) ** t] for t in range(31)]
STRAIGHT = [[-7 + t / 10, 2 - t / 20] for t in range(31)]
SWING = [[-7 + t / 10, 2 * math.cos(t / 5)] for t in range(31)]


def ravine(**paths: list[list[float]]) -> Runs:
    runs = Runs()
    for name, points in {"sgd": ZIGZAG, "momentum": SWING, "adagrad": STRAIGHT, "adam": SWING, **paths}.items():
        runs.add(arrays={"trajectory": {"path": points}}, optimizer=name)
    return runs


def test_crossings_and_detours_by_hand():
    assert e4.crossings(np.array([[0, 1], [1, -1], [2, -2], [3, 1]])) == 2
    assert e4.detour(np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])) == pytest.approx(7 / 5)
    assert e4.detour(np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]])) == pytest.approx(1)


def test_paths_in_the_ravine():
    as_published = ravine()

    assert as_published.judge(e4.sgd_zigzags).seen == "30 of 30 steps"
    for finding in (e4.sgd_zigzags, e4.the_others_zigzag_less, e4.adagrad_goes_straightest):
        assert as_published.judge(finding).reproduced == "yes"
        assert Runs().judge(finding).reproduced == "not measured"
    assert ravine(sgd=SWING).judge(e4.sgd_zigzags).reproduced == "no"
    assert ravine(adam=ZIGZAG).judge(e4.the_others_zigzag_less).reproduced == "no"
    assert ravine(sgd=STRAIGHT[:3]).judge(e4.the_others_zigzag_less).reproduced == "not measured"
    assert ravine(adagrad=ZIGZAG).judge(e4.adagrad_goes_straightest).reproduced == "no"


def test_what_the_article_says_of_slopes():
    as_published = ravine(adagrad=[[-7 + t / 5, 2 - t / 20] for t in range(31)])
    straighter = ravine(momentum=STRAIGHT, adam=ZIGZAG)
    for finding in (e4.momentum_overshoots, e4.adagrad_gets_on_where_it_is_gentle):
        assert as_published.judge(finding).reproduced == "yes"
    assert ravine(adam=STRAIGHT).judge(e4.adam_goes_smoothly).reproduced == "yes"
    assert straighter.judge(e4.adam_goes_smoothly).reproduced == "no"
    assert straighter.judge(e4.momentum_overshoots).reproduced == "no"
    assert ravine().judge(e4.adagrad_gets_on_where_it_is_gentle).reproduced == "no"

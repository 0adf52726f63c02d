"""The findings of E4 about saddles, wells and valleys, and of E5 about penalties, on made-up runs."""

import numpy as np
import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import landscapes as e4
from zerosweep.experiments.findings import penalties as e5


def run(function, optimizer, *heights) -> Runs:
    return Runs(every=100).add(
        {"surface/value": heights}, {"trajectory": {"path": [[1.0, 2.0]]}}, task__function=function, optimizer=optimizer
    )


@pytest.mark.parametrize(
    ("finding", "runs", "reproduced"),
    [
        (e4.adagrad_is_held_at_a_saddle, run("saddle", "adagrad", 9, 0.3, 0.251), "yes"),
        (e4.adagrad_is_held_at_a_saddle, run("saddle", "adagrad", 9, 0.25, 0.01), "no"),
        (e4.rmsprop_leaves_the_saddle, run("saddle", "rmsprop", 9, 0.25, 0.01), "yes"),
        (e4.rmsprop_leaves_the_saddle, run("saddle", "rmsprop", 9, 0.25, 0.25), "no"),
        (e4.sgd_ends_in_a_local_minimum, run("wells", "sgd", 9, 0.8, 0.76), "yes"),
        (e4.sgd_ends_in_a_local_minimum, run("wells", "sgd", 9, 0.8, 0.0), "no"),
        (e4.momentum_leaves_a_local_minimum, run("wells", "momentum", 9, 0.8, 0.0), "yes"),
        (e4.rmsprop_leaves_a_local_minimum, run("wells", "rmsprop", 9, 0.8, 0.76), "no"),
        (e4.momentum_is_fast_along_a_valley, run("valley", "sgd", 9, 1), "not measured"),
    ],
)
def test_places(finding, runs, reproduced):
    assert runs.judge(finding).reproduced == reproduced


@pytest.mark.parametrize(("slow", "reproduced"), [([9, 1, 1, 1, 1, 1], "yes"), ([9, 1, 0, 0, 0, 0], "no")])
def test_a_valley(slow, reproduced):
    runs = Runs(every=100)
    for name, values in (("momentum", [9, 1, 0, 0, 0, 0]), ("sgd", slow)):
        runs.add({"surface/value": values}, task__function="valley", optimizer=name)
    assert runs.judge(e4.momentum_is_fast_along_a_valley).reproduced == reproduced


def penalised(l1=(), l2=()) -> Runs:
    runs = Runs()
    for name, points in (("l1", l1), ("l2", l2)):
        for strength, point in points:
            levels = {"task__l1": 0, "task__l2": 0, f"task__{name}": strength}
            runs.add(arrays={"trajectory": {"path": [point]}}, optimizer__lr=0.01, **levels)
    return runs


def test_ridge_and_lasso():
    lasso = [(0.5, [0.4, 1.5]), (1, [0.005, 1.0]), (4, [0.01, -0.02])]
    ridge = [(1, [0.5, 1.0]), (100, [0.005, 0.01])]
    runs = penalised(lasso, ridge)
    judged = runs.judge(e5.lasso_makes_a_weight_zero)
    assert (judged.reproduced, judged.seen) == ("yes", "from λ = 1 on: there (0.005, 1)")
    assert runs.judge(e5.ridge_never_reaches_zero).reproduced == "yes"
    assert runs.judge(e5.a_large_ridge_draws_all_weights_to_zero).reproduced == "yes"
    assert penalised([(1, [0.5, 1.0])]).judge(e5.lasso_makes_a_weight_zero).reproduced == "no"
    assert penalised(l2=[(1, [0.5, 1.0])]).judge(e5.a_large_ridge_draws_all_weights_to_zero).reproduced == "no"
    assert penalised(l2=[(1, [0.5, 1.0]), (2, [0.0, 1.0])]).judge(e5.ridge_never_reaches_zero).reproduced == "no"


def strengths(**ends) -> Runs:
    runs = Runs()
    for penalty in ("l2", "l1"):
        for strength, (train, test) in zip((0.01, 0.1, 1), ends[penalty], strict=True):
            metrics = {"train/accuracy": [train], "test/accuracy": [test]}
            runs.add(metrics, regularizer=penalty, **{f"regularizer__{penalty}": strength})
    return runs


def test_strengths():
    good = [(1.0, 0.77), (0.9, 0.75), (0.1, 0.1)]
    late = [(1.0, 0.77), (1.0, 0.77), (0.1, 0.1)]
    never = [(1.0, 0.77), (0.9, 0.75), (0.8, 0.7)]
    assert strengths(l2=good, l1=good).judge(e5.a_strong_penalty_stops_learning).reproduced == "yes"
    assert strengths(l2=never, l1=good).judge(e5.a_strong_penalty_stops_learning).reproduced == "no"
    assert strengths(l2=good, l1=good).judge(e5.a_penalty_closes_the_gap_before).reproduced == "yes"
    assert strengths(l2=good, l1=late).judge(e5.a_penalty_closes_the_gap_before).reproduced == "no"


@pytest.mark.parametrize(("cosine", "reproduced"), [(0.2, "yes"), (0.35, "no")])
def test_schedules(cosine, reproduced):
    runs = Runs()
    for schedule, rate, loss in (("constant", 0.1, 0.3), ("constant", 0.01, 0.4), ("step", 0.1, 0.2),
                                 ("exponential", 0.1, 0.25), ("cosine", 0.1, cosine)):  # fmt: skip
        for noise in np.array([-0.01, 0.01]):
            runs.add({"val/loss": [loss + noise]}, schedule=schedule, optimizer__lr=rate)
    assert runs.judge(e5.a_falling_rate_beats_a_constant_one).reproduced == reproduced

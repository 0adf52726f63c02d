"""One override for each mechanism and setup; never what the run has already."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.training.remedy import Setup, remedy

RELU = Setup("sgd", 0.1, "relu", "he")
SMALL = replace(RELU, init="normal", init_scale=0.01)

CASES = [
    ("collapsed", 0, SMALL, "init=he"),
    ("collapsed", 0, replace(SMALL, activation="tanh"), "init=xavier"),
    ("collapsed", 0, replace(SMALL, activation="sigmoid"), "bn=true"),  # xavier leaves five layers of them at chance
    ("collapsed", 0, replace(SMALL, activation="sigmoid", bn=True), "init=xavier"),
    ("collapsed", 0, replace(RELU, init_scale=0.1), "init.scale=1"),
    ("collapsed", 0, RELU, "bn=true"),
    ("collapsed", 10, replace(RELU, bn=True), "optimizer=adam"),
    ("collapsed", 10, replace(RELU, bn=True, optimizer="adam", lr=0.001), "optimizer.lr=0.0001"),
    ("collapsed", 10, replace(RELU, l2=10.0), "regularizer.l2=0"),
    ("collapsed", 10, replace(RELU, l1=1.0, l2=0.1), "regularizer.l1=0"),
    ("collapsed", 10, replace(RELU, l1=0.1, l2=1.0), "regularizer.l2=0"),
    ("saturated", 0, replace(SMALL, activation="sigmoid", init_scale=1.0), "init=xavier"),
    ("saturated", 0, replace(RELU, activation="tanh", init="xavier", normalized=False), "dataset.normalize=true"),
    ("saturated", 0, replace(RELU, activation="tanh", init="xavier"), "bn=true"),
    ("saturated", 10, replace(RELU, activation="tanh", lr=1.0), "optimizer.lr=0.1"),
    ("dead", 10, RELU, "optimizer.lr=0.01"),
    ("dead", 10, replace(RELU, optimizer="adam", lr=10.0), "optimizer.lr=0.01"),  # a tenth is far too high still
    ("dead", 10, replace(RELU, dropout=0.9), "regularizer.dropout=0.5"),
    ("dead", 0, RELU, "bn=true"),
    ("exploding", 0, replace(SMALL, init_scale=1.0), "init=he"),
    ("exploding", 0, replace(RELU, init_scale=10.0), "init.scale=1"),
    ("exploding", 0, replace(RELU, normalized=False), "dataset.normalize=true"),
    ("exploding", 4, replace(RELU, normalized=False), "dataset.normalize=true"),
    ("collapsed", 0, replace(RELU, activation="sigmoid", optimizer="adagrad", lr=20.0), "optimizer.lr=0.1"),
    ("exploding", 4, replace(RELU, lr=0.057), "optimizer.lr=0.0057"),
    ("exploding", 4, Setup("sgd", 10.0), "optimizer.lr=0.1"),
    ("overshooting", 10, RELU, "optimizer.lr=0.01"),
    ("overshooting", 10, replace(RELU, lr=50.0), "optimizer.lr=0.1"),
    ("overshooting", 10, replace(RELU, optimizer="rmsprop", lr=50.0), "optimizer.lr=0.001"),
    ("overshooting", 10, replace(RELU, optimizer="adam", lr=50.0), "optimizer.lr=0.01"),
    ("overshooting", 10, replace(RELU, optimizer="adamw", lr=50.0), "optimizer.lr=0.01"),
    ("slow", 10, replace(RELU, lr=1e-6), "optimizer.lr=0.02"),  # an update of 5e-8 becomes one of 1e-3
    ("slow", 10, replace(RELU, lr=1e-6, clip=1e-10), "loss.clip=0"),
    ("slow", 10, replace(RELU, lr=1e-6, dropout=0.9), "regularizer.dropout=0.5"),
    ("slow", 10, replace(RELU, schedule="exponential"), "schedule=constant"),
    ("unfinished", 0, replace(RELU, epochs=3), "trainer.epochs=15"),
    ("unfinished", 0, replace(RELU, iterations=20), "trainer.iterations=100"),
    ("slow", 10, replace(RELU, lr=0.1), "bn=true"),
    ("slow", 10, replace(RELU, lr=0.1, bn=True), "optimizer=adam"),
]


@pytest.mark.parametrize(("mechanism", "step", "setup", "override"), CASES)
def test_the_first_that_applies(mechanism, step, setup, override):
    assert remedy(mechanism, step, 5e-8, setup).override == override


def test_a_slow_run_whose_updates_are_of_the_usual_size_needs_no_larger_rate():
    assert remedy("slow", 10, 0.0012, replace(RELU, lr=0.001)).override == "bn=true"


def test_a_rate_is_raised_tenfold_where_that_is_within_the_usual_range():
    assert remedy("slow", 0, 6e-4, replace(RELU, lr=0.01)).override == "optimizer.lr=0.1"
    assert remedy("slow", 0, 6e-4, replace(RELU, lr=0.011)).override == "bn=true"
    assert remedy("slow", 0, 2e-3, Setup("sgd", 0.001)).override == "optimizer.lr=0.01"  # a surface has no usual ratio


def test_updates_too_small_for_the_digits_of_a_float_get_the_usual_rate():
    assert remedy("slow", 1, 0.0, Setup("sgd", 1e-10)).override == "optimizer.lr=0.1"


setups = st.builds(
    Setup,
    optimizer=st.sampled_from(["sgd", "adam", "rmsprop"]),
    lr=st.floats(1e-12, 1e12),
    activation=st.sampled_from(["relu", "leaky_relu", "sigmoid", "tanh", None]),
    init=st.sampled_from(["normal", "uniform", "he", "xavier"]),
    init_scale=st.floats(1e-4, 10),
    bn=st.booleans(),
    l1=st.sampled_from([0.0, 0.1]),
    l2=st.sampled_from([0.0, 0.1]),
    dropout=st.sampled_from([0.0, 0.5, 0.9]),
    normalized=st.booleans(),
    clip=st.sampled_from([0.0, 1e-10]),
    schedule=st.sampled_from(["constant", "cosine"]),
    epochs=st.integers(1, 9) | st.none(),
    iterations=st.integers(1, 9),
)


@given(
    setup=setups,
    mechanism=st.sampled_from(["saturated", "dead", "collapsed", "exploding", "overshooting", "slow", "unfinished"]),
    step=st.integers(0, 3),
    ratio=st.one_of(st.none(), st.floats(0, 1)),
)
def test_it_is_never_what_the_run_has_already(setup, mechanism, step, ratio):
    name, value = remedy(mechanism, step, ratio, setup).override.split("=")
    has = {
        "optimizer": setup.optimizer, "init": setup.init, "bn": str(setup.bn).lower(),
        "dataset.normalize": str(setup.normalized).lower(), "schedule": setup.schedule,
    }  # fmt: skip
    numbers = {
        "optimizer.lr": setup.lr, "init.scale": setup.init_scale, "regularizer.l1": setup.l1,
        "regularizer.l2": setup.l2, "regularizer.dropout": setup.dropout, "loss.clip": setup.clip,
        "trainer.epochs": setup.epochs, "trainer.iterations": setup.iterations,
    }  # fmt: skip
    assert float(value) != numbers[name] if name in numbers else value != has[name]

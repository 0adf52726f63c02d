"""The pruner by diagnosis stops what cannot learn, leaves what may, and says why it has stopped."""

import math
from itertools import pairwise

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.pruners import MedianPruner, NopPruner, ThresholdPruner

from zerosweep.errors import SettingError
from zerosweep.search.pruning import GROWTH, DiagnosisPruner
from zerosweep.search.samplers import pruner_of
from zerosweep.training.records import Evaluation, History
from zerosweep.training.remedy import Setup

STEPS = 100

SETUP = Setup("sgd", 0.01, "relu")


def history(signals, accuracies=0.1, dead=0.0, every=10, classes=10):
    """Return the records of a run with two hidden layers, whose second one has these signals at its evaluations."""
    accuracies = [accuracies] * len(signals) if isinstance(accuracies, float) else accuracies
    evaluations = [
        Evaluation(every * i, {
            "train/accuracy": accuracy, "dead/hidden1": 0.1, "signal/hidden1": 1.0, "activation_std/hidden1": 1.0,
            "dead/hidden2": dead, "signal/hidden2": signal, "activation_std/hidden2": signal,
        })
        for i, (signal, accuracy) in enumerate(zip(signals, accuracies, strict=True))
    ]  # fmt: skip
    return History(classes, [math.log(10)] * evaluations[-1].step, evaluations)


def test_a_collapsed_layer_that_stays_as_it_is_ends_the_run_after_the_patience():
    pruner = DiagnosisPruner(0.2)
    found = [pruner.hopeless(history([1e-6] * count), SETUP, STEPS) for count in (1, 2, 3, 4)]
    assert found == [None, None, *["hidden2 collapsed from step 0"] * 2]


def test_an_adaptive_optimizer_may_bring_a_collapsed_layer_back():
    for optimizer in ("adagrad", "rmsprop", "adam", "adamw", "lion"):
        assert DiagnosisPruner().hopeless(history([1e-6] * 5), Setup(optimizer, 0.01, "relu"), STEPS) is None
        assert DiagnosisPruner().hopeless(history([0.0] * 5, dead=1.0), Setup(optimizer, 0.01, "relu"), STEPS)


def test_dead_units_end_the_run_only_if_all_of_a_layer_are_dead():
    assert DiagnosisPruner().hopeless(history([0.0] * 3, dead=1.0), SETUP, STEPS) == "hidden2 dead from step 0"
    assert DiagnosisPruner().hopeless(history([0.5] * 3, dead=0.99), SETUP, STEPS) is None


@given(st.floats(1e-30, 9e-4), st.floats(GROWTH * 1.01, 10), st.integers(1, 9))
def test_a_growing_signal_is_given_time(signal, growth, count):
    signals = [min(9e-4, signal * (1 + growth) ** i) for i in range(count + 1)]
    grows = all(later > (1 + GROWTH) * sooner for sooner, later in pairwise(signals))
    assert (DiagnosisPruner(0.1).hopeless(history(signals), SETUP, STEPS) is None) or not grows


@given(st.lists(st.floats(0.16, 1), min_size=1, max_size=3), st.integers(0, 5))
def test_a_run_above_chance_is_never_stopped(accuracies, before):
    run = history([1e-6] * (before + len(accuracies)), [0.1] * before + accuracies)
    assert DiagnosisPruner().hopeless(run, SETUP, STEPS) is None


@pytest.mark.parametrize(
    ("run", "steps"),
    [
        (history([1.0] * 5), STEPS),  # slow, or overshooting: no layer has failed
        (history([1.0, 1.0, 1e-6], every=5), STEPS),  # has failed just now
        (history([1e-6] * 5, classes=None), STEPS),  # a task without classes
        (history([1e-6] * 5), None),  # nobody knows how long the run is
        (history([1e-6] * 5, every=1), STEPS),  # the evaluations are close together
    ],
)
def test_what_may_still_learn_is_left_to_the_other_pruner(run, steps):
    assert DiagnosisPruner().hopeless(run, SETUP, steps) is None


def test_the_rest_is_up_to_the_wrapped_pruner():
    study = optuna.create_study(
        pruner=pruner_of({"name": "diagnosis", "wrapped_pruner": {"name": "threshold", "upper": 1}})
    )
    trial = study.ask()
    trial.report(2.0, 1)
    assert trial.should_prune()
    assert isinstance(study.pruner._other, ThresholdPruner)
    assert isinstance(pruner_of("diagnosis")._other, MedianPruner)
    assert isinstance(pruner_of({"name": "diagnosis", "wrapped_pruner": "none"})._other, NopPruner)


MISTAKES = [
    ({"name": "diagnosis", "patience": 0}, "pruner={name:diagnosis,patience:0}: patience must be > 0 and <= 1"),
    ({"name": "diagnosis", "patience": "long"}, "pruner.patience=long: must be a number"),
    (
        {"name": "patient", "patience": 2, "wrapped_pruner": "diagnosis"},
        "pruner={name:patient,patience:2,wrapped_pruner:diagnosis}: has diagnosis inside; diagnosis must be the "
        "outermost, as in {name:diagnosis,wrapped_pruner:median}",
    ),
]


@pytest.mark.parametrize(("spec", "says"), MISTAKES)
def test_a_mistake_in_the_setting_is_one_line(spec, says):
    with pytest.raises(SettingError) as caught:
        pruner_of(spec)
    assert str(caught.value) == says

"""What a diagnosis finds: each mechanism by hand, the first layer and step, thresholds at their edges, and real networks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.nn.initializers import He, Normal
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.tasks.surface import Surface, SurfaceProblem
from zerosweep.training.diagnosis import diagnose
from zerosweep.training.loop import Trainer
from zerosweep.training.records import Diverged, Evaluation, History
from zerosweep.training.remedy import Setup
from zerosweep.training.verdict import verdict

FLAT = [2.3] * 30
RELU = Setup("sgd", 0.1, "relu", "he")


def layers(**statistics) -> dict[str, float]:
    """Statistics of hidden1, hidden2, ...: healthy ones, but for those given, each a list of one value per layer."""
    count = max(map(len, statistics.values()), default=3)
    whole = {"dead": [0.0] * count, "signal": [0.2] * count, "activation_std": [0.3] * count} | statistics
    return {f"{name}/hidden{i}": value for name, values in whole.items() for i, value in enumerate(values, 1)}


def history(*evaluations: dict[str, float], losses=FLAT, diverged: Diverged | None = None, ratio=1e-3) -> History:
    """A run at chance with these evaluations, ten steps apart."""
    made = [
        Evaluation(10 * i, {"train/accuracy": 0.1} | ({"update_ratio": ratio} if i else {}) | e)
        for i, e in enumerate(evaluations)
    ]
    return History(10, list(losses), made, diverged)


def found(made: History, setup: Setup = RELU, word: str = "stuck"):
    diagnosis = diagnose(made, word, setup)
    assert diagnosis is not None
    return diagnosis.finding


def test_a_collapse_is_told_by_its_first_layer_and_step_with_the_numbers():
    seen = layers(signal=[0.04, 0.003, 0.0001])

    finding = found(history(seen, seen, seen))

    assert (finding.mechanism, finding.layer, finding.step) == ("collapsed", "hidden3", 0)
    assert finding.evidence == "signal 0.0001 at step 0, 400 times less than hidden1's"


@pytest.mark.parametrize(
    ("signal", "layer"),
    [
        ([1.0, 0.0101, 0.0099], "hidden3"),
        ([1.0, 0.0099, 1.0], "hidden2"),
        ([0.00099, 0.00099], "hidden1"),
        ([0.00101, 0.00099], "hidden2"),
    ],
)
def test_collapsed_is_little_beside_the_first_layer_or_little_at_all(signal, layer):
    assert found(history(layers(signal=signal), layers(signal=signal))).layer == layer


def test_dead_units_are_told_from_the_evaluation_where_they_were_dead_for_good():
    """hidden2 dies, comes back and dies; hidden3 had died before, and lives again in the end."""
    shares = ([0, 0, 0], [0, 0.9, 0.9], [0, 0.5, 0.9], [0, 0.51, 0.9], [0, 0.8, 0.1])

    finding = found(history(*(layers(dead=share) for share in shares)), word="dying")

    assert (finding.mechanism, finding.layer, finding.step) == ("dead", "hidden2", 30)
    assert finding.evidence == "51% of its units dead at step 30, 0% at step 0"


def test_the_jump_of_the_loss_before_units_died_is_evidence():
    losses = [2.5, 1.7e14, *FLAT]

    evidence = found(history(layers(), layers(dead=[0.97, 0.4, 0.6]), losses=losses), word="dying").evidence

    assert evidence.endswith("the loss went from 2.5 at step 1 to 1.7e+14 at step 2")


def test_units_that_are_given_nothing_have_collapsed_and_not_died():
    """As the last layers of E1's network at the weight scale 0.01, whose biases drift below zero."""
    start, end = layers(signal=[0.04, 1e-4, 1e-7]), layers(signal=[0.04, 0.01, 0.0], dead=[0, 0, 0.8])
    between = layers(signal=[0.04, 1e-4, 0.0], dead=[0, 0, 0.8])
    setup = replace(RELU, bn=True)

    assert found(history(start, start, end), word="dying").mechanism == "collapsed"
    assert found(history(start, between, end), setup, "dying").mechanism == "collapsed"
    assert found(history(layers(), end), word="dying").mechanism == "dead"


def test_saturated_units_are_not_called_dead():
    end = layers(saturated=[0.96, 1.0], dead=[0.1, 0.9], signal=[0.3, 0.0])
    sigmoid = Setup("sgd", 10.0, "sigmoid", "xavier")

    finding = found(history(layers(saturated=[0.0, 0.0]), end), sigmoid, "dying")

    assert (finding.mechanism, finding.layer, finding.step) == ("saturated", "hidden1", 10)
    assert finding.evidence == "96% of its outputs at a bound at step 10, 0% at step 0"


@pytest.mark.parametrize(("fraction", "mechanism"), [(0.5, "slow"), (0.501, "saturated")])
def test_saturated_is_more_than_half_of_the_outputs(fraction, mechanism):
    seen = layers(saturated=[fraction, 0.0])

    assert found(history(seen, seen)).mechanism == mechanism


def test_before_training_batch_normalization_has_nothing_to_show():
    tiny = layers(signal=[0.2, 1e-6, 1e-9], activation_std=[0.2, 100.0, 1e9])

    assert found(history(tiny, layers(), layers()), replace(RELU, bn=True)).mechanism == "slow"
    assert found(history(tiny, layers(), tiny), replace(RELU, bn=True)).step == 20


@pytest.mark.parametrize("word", ["diverged", "dying", "stuck"])
def test_outputs_that_grow_from_layer_to_layer_before_the_first_step(word):
    start = layers(activation_std=[5.0, 50.0, 51.0])
    made = history(start, layers(), diverged=Diverged(2, "loss") if word == "diverged" else None, losses=[3e5])

    finding = found(made, word=word)

    assert (finding.mechanism, finding.layer, finding.step) == ("exploding", "hidden3", 0)
    assert finding.evidence.startswith("activation std 51 at step 0, 10 times hidden1's; the loss was 300000 at step 1")


@pytest.mark.parametrize(
    ("start", "setup", "override"),
    [
        ({"activation_std": [65.0, 62.0]}, replace(RELU, normalized=False), "dataset.normalize=true"),
        ({"activation_std": [5.0, 55.0]}, replace(RELU, init="normal"), "init=he"),
    ],
    ids=["raw pixels", "large weights"],
)
def test_units_that_died_of_large_numbers_are_dead_and_the_numbers_are_the_reason(start, setup, override):
    """As of `sweeps=dying_relu`: nothing leaves the range of floating point, and no unit gives anything any more."""
    made = history(layers(**start), layers(dead=[1.0, 0.0]), losses=[12.0, 3e4, 2.3])

    diagnosis = diagnose(made, "dying", setup)

    assert (diagnosis.finding.short, diagnosis.remedy.override) == ("hidden1 dead from step 10", override)
    died = "100% of its units dead at step 10, 0% at step 0; the loss went from 12 at step 1 to 30000 at step 2; "
    began = {
        65.0: "hidden1 began with activation std 65 at step 0",
        5.0: "hidden2 began with activation std 55 at step 0, 11 times hidden1's",
    }
    assert diagnosis.finding.evidence == died + began[start["activation_std"][0]]


def test_outputs_that_overflow_before_the_first_step():
    start = layers(activation_std=[5.0])
    del start["activation_std/hidden1"]  # not finite, so not recorded

    assert found(history(start, diverged=Diverged(1, "loss"), losses=[]), word="diverged").layer == "hidden1"


def test_raw_pixels_are_seen_in_the_first_layer():
    start = layers(activation_std=[65.0, 62.0])
    made = history(start, losses=[240, 1e9], diverged=Diverged(3, "loss", layers(activation_std=[1e9, math.inf])))

    assert found(made, replace(RELU, normalized=False), "diverged").step == 0
    assert found(made, RELU, "diverged").step == 2


def test_divergence_is_told_from_where_the_loss_took_off_with_what_ended_it():
    end = layers(activation_std=[0.2, 3e7, math.nan])
    made = history(layers(), losses=[2.5, 2.4, 26.0, 1e20], diverged=Diverged(5, "gradient", end))

    finding = found(made, word="diverged")

    assert (finding.mechanism, finding.layer, finding.step) == ("exploding", "hidden2", 3)
    assert finding.evidence == (
        "activation std from 0.3 at step 0 to 3e+07 at step 5; the loss went from 2.5 at step 1 to 1e+20 at step 4, "
        "and at step 5 the gradient was no longer finite"
    )


def test_where_no_hidden_layer_grew_it_was_the_output():
    made = history(layers(), losses=[2.5], diverged=Diverged(1, "parameters", layers()))

    assert (found(made, word="diverged").layer, found(made, word="diverged").step) == ("output", 1)


def test_without_a_layer_in_a_bad_way_it_is_the_size_of_the_updates():
    for ratio, mechanism in ((1e-8, "slow"), (0.0, "slow"), (0.0499, "slow"), (0.0501, "overshooting")):
        finding = found(history(layers(), layers(), ratio=ratio))
        assert (finding.mechanism, finding.layer, finding.step) == (mechanism, None, 10)


def test_what_learned_has_none():
    assert diagnose(history(layers(), {"train/accuracy": 0.9} | layers(signal=[0.2, 1e-9])), "learned", RELU) is None


def test_a_loss_that_falls_too_little_is_looked_at_like_one_that_does_not_fall():
    """As five layers of sigmoids do, whose output biases learn the classes' shares and nothing else."""
    assert found(history(layers(), layers(signal=[0.2, 1e-9, 0.0])), word="slow").layer == "hidden2"


@pytest.mark.parametrize(
    ("ratio", "word", "mechanism"),
    [
        (9e-4, "slow", "slow"),
        (1e-3, "slow", "unfinished"),
        (1e-3, "stuck", "slow"),
        (0.0499, "slow", "unfinished"),
        (0.0501, "slow", "overshooting"),
    ],
)
def test_updates_of_a_usual_size_that_lower_the_loss_are_too_few(ratio, word, mechanism):
    assert found(history(layers(), layers(), ratio=ratio), word=word).mechanism == mechanism


def test_the_line_for_the_terminal():
    diagnosis = diagnose(history(layers(), layers(dead=[0, 0.9])), "dying", RELU)

    assert diagnosis.line == "diagnosis: hidden2 dead from step 10; try optimizer.lr=0.01"


def test_a_run_without_a_problem_has_none():
    made = history(*[layers() | {"train/accuracy": 0.9}] * 1000, losses=[2.3] * 100_000)
    assert diagnose(made, "learned", RELU) is None


numbers = st.one_of(st.floats(0, 1e38), st.sampled_from([0.0, 1e-300, 1.0]))
statistics = st.fixed_dictionaries(
    {"dead/hidden1": st.floats(0, 1), "dead/hidden2": st.floats(0, 1)},
    optional={
        f"{name}/hidden{i}": numbers for name in ("signal", "activation_std") for i in (1, 2)
    } | {"update_ratio": numbers},
)  # fmt: skip


@given(
    evaluations=st.lists(statistics, min_size=1, max_size=4),
    losses=st.lists(numbers, min_size=1, max_size=5),
    end=st.one_of(st.none(), st.builds(Diverged, st.just(5), st.sampled_from(["loss", "gradient"]), statistics)),
    word=st.sampled_from(["stuck", "dying"]),
    activation=st.sampled_from(["relu", "sigmoid", "tanh", None]),
    bn=st.booleans(),
)
def test_any_history_has_a_diagnosis(evaluations, losses, end, word, activation, bn):
    made = history(*evaluations, losses=losses, diverged=end)

    diagnosis = diagnose(made, "diverged" if end else word, Setup("sgd", 0.01, activation, "normal", bn=bn))

    assert diagnosis.finding.evidence
    assert "=" in diagnosis.remedy.override


@pytest.mark.parametrize(
    ("changes", "mechanism", "layer", "step", "override"),
    [
        ({"model": MLP([20] * 4), "init": Normal(0.01), "optimizer": SGD(0.01)}, "collapsed", "hidden2", 0, "init=he"),
        ({"model": MLP([50] * 4), "init": Normal(1.0), "optimizer": SGD(0.01)}, "dead", "hidden1", 13, "init=he"),
        ({"optimizer": SGD(1e6)}, "exploding", "hidden1", 2, "optimizer.lr=0.1"),
    ],
    ids=["too small", "too large", "too fast"],
)
def test_a_real_network(prepare, changes, mechanism, layer, step, override):
    run = prepare(trainer=Trainer(iterations=60), **({"init": He()} | changes)).train()
    chosen = run.settings
    names = {He: "he", Normal: "normal"}
    setup = Setup("sgd", chosen.optimizer.lr, "relu", names[type(chosen.init)])

    diagnosis = diagnose(run.history, verdict(run.history), setup)

    assert (diagnosis.finding.mechanism, diagnosis.finding.layer, diagnosis.finding.step) == (mechanism, layer, step)
    assert diagnosis.remedy.override == override


@pytest.mark.parametrize(("lr", "short"), [(10.0, "exploding from step 2"), (1e-10, "slow from step 1")])
def test_a_surface_has_no_layers(follow, lr, short):
    made = History()
    for record in follow(SurfaceProblem(Surface("bowl", [-3.0, 4.0])), lr=lr, iterations=100):
        made.add(record)

    diagnosis = diagnose(made, verdict(made), Setup("sgd", lr))

    assert diagnosis.finding.short == short
    assert diagnosis.remedy.override == "optimizer.lr=0.1"

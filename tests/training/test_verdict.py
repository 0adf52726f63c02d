"""One word for how a run went: thresholds at their edges, precedence, and real networks for each word."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.nn.initializers import Normal
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.tasks.surface import Surface, SurfaceProblem
from zerosweep.training.loop import Trainer
from zerosweep.training.records import Diverged, Evaluation, History
from zerosweep.training.verdict import health, verdict

FLAT, FALLEN = [2.3] * 100, [2.3] * 50 + [0.5] * 50


def history(losses=FALLEN, *, classes: int | None = 10, diverged: bool = False, **final: float) -> History:
    """A run with these losses and this final evaluation; names have __ for /."""
    metrics = {"train/accuracy": 0.9, "dead/hidden1": 0.0} | {n.replace("__", "/"): v for n, v in final.items()}
    return History(
        classes,
        list(losses),
        [Evaluation(0, {"train/accuracy": 0.1}), Evaluation(len(losses), metrics)],
        Diverged(len(losses), "loss") if diverged else None,
    )


def test_half_of_the_way_from_chance_is_learned():
    assert verdict(history()) == "learned"
    assert verdict(history(FLAT, train__accuracy=0.9)) == "learned"  # as where the weights are good from the start


@pytest.mark.parametrize(
    ("classes", "accuracy", "word"),
    [(10, 0.55, "learned"), (10, 0.5499, "slow"), (2, 0.75, "learned"), (2, 0.7499, "slow"), (100, 0.505, "learned")],
)
def test_the_goal_depends_on_the_number_of_classes(classes, accuracy, word):
    assert verdict(history(classes=classes, train__accuracy=accuracy)) == word


def test_a_loss_that_falls_without_that_is_slow():
    assert verdict(history(FALLEN, train__accuracy=0.1)) == "slow"


def test_flat_at_chance_is_stuck():
    assert verdict(history(FLAT, train__accuracy=0.1)) == "stuck"


def test_dying_comes_before_stuck_and_slow_and_after_learned():
    assert verdict(history(FLAT, train__accuracy=0.1, dead__hidden1=0.9)) == "dying"
    assert verdict(history(FALLEN, train__accuracy=0.3, dead__hidden1=0.9)) == "dying"
    assert verdict(history(dead__hidden1=0.9)) == "learned"


def test_diverged_comes_before_all():
    assert verdict(history(FLAT, diverged=True, train__accuracy=0.1, dead__hidden1=1.0)) == "diverged"
    assert verdict(history(FALLEN, diverged=True)) == "diverged"


def test_diverged_at_the_first_step_has_neither_loss_nor_last_evaluation():
    assert verdict(History(10, [], [Evaluation(0, {})], Diverged(1, "loss"))) == "diverged"


def test_any_hidden_layer_may_be_the_dying_one():
    assert verdict(history(train__accuracy=0.1, dead__hidden1=0.0, dead__hidden7=0.6)) == "dying"


@pytest.mark.parametrize(("fraction", "word"), [(0.5, "slow"), (0.500001, "dying"), (1.0, "dying")])
def test_more_than_half_of_the_units_is_dying(fraction, word):
    assert verdict(history(train__accuracy=0.1, dead__hidden1=fraction)) == word


@pytest.mark.parametrize(
    ("final", "word"),
    [
        ({}, "ok"),
        ({"dead__hidden1": 0.5, "saturated__hidden1": 0.5}, "ok"),
        ({"dead__hidden1": 0.51}, "dying"),
        ({"dead__hidden1": 0.9, "saturated__hidden2": 0.51}, "saturated"),
    ],
)
def test_the_health_describes_the_units_whatever_the_verdict(final, word):
    for made in (history(**final), history(FLAT, **(final | {"train__accuracy": 0.1}))):
        assert health(made) == word


def test_without_hidden_units_there_is_no_health():
    assert health(History(None, [1.0], [Evaluation(1, {"surface/value": 1.0})])) is None


@pytest.mark.parametrize(
    ("accuracy", "word"), [(0.0, "stuck"), (0.1, "stuck"), (0.1499, "stuck"), (0.1501, "slow"), (0.9, "learned")]
)
def test_a_flat_loss_is_stuck_only_near_chance(accuracy, word):
    """1/10 + 0.05 is the edge. Where the loss was low from the start, as on data learnt before, nothing is stuck."""
    assert verdict(history(FLAT, train__accuracy=accuracy)) == word


@pytest.mark.parametrize(("classes", "accuracy", "word"), [(2, 0.54, "stuck"), (2, 0.56, "slow"), (100, 0.07, "slow")])
def test_chance_depends_on_the_number_of_classes(classes, accuracy, word):
    assert verdict(history(FLAT, classes=classes, train__accuracy=accuracy)) == word


@pytest.mark.parametrize(
    ("last", "word"), [(0.5, "slow"), (0.979, "slow"), (0.981, "stuck"), (1.0, "stuck"), (2.0, "stuck")]
)
def test_a_fall_of_two_hundredths_is_a_fall(last, word):
    losses = [1.0] * 10 + [5.0] * 80 + [last] * 10  # what is between the first and the last tenth does not count

    assert verdict(history(losses, train__accuracy=0.1)) == word


def test_the_tenths_are_means_so_one_lucky_step_is_no_fall():
    losses = [1.0] * 99 + [0.85]

    assert verdict(history(losses, train__accuracy=0.1)) == "stuck"


@pytest.mark.parametrize(("steps", "tenth"), [(21, 10), (60, 10), (109, 10), (110, 11), (200, 20)])
def test_the_compared_tenths_have_exactly_as_many_steps_as_documented(steps, tenth):
    """A tenth of the steps, rounded down, but at least ten: neither one more nor one fewer."""
    between = steps - 2 * tenth
    one_more_would_mix_in_the_middle = [1.0] * tenth + [100.0] * between + [0.97] * tenth
    one_fewer_would_miss_the_last = [1.0] * (tenth - 1) + [1 + 0.03 * tenth] + [1.0] * (between + tenth)

    assert verdict(history(one_more_would_mix_in_the_middle, train__accuracy=0.1)) == "slow"
    assert verdict(history(one_fewer_would_miss_the_last, train__accuracy=0.1)) == "slow"


@pytest.mark.parametrize("steps", [26, 99])
def test_in_a_short_run_a_tenth_is_ten_steps(steps):
    """The first and last two of 26 losses are no mean; ten of them are."""
    losses = [3.0, 3.0] + [2.0] * (steps - 4) + [1.0, 1.0]  # means of ten: 2.2 and 1.8; of two, 3 and 1
    noisy = [2.4, 2.4, *[2.3] * (steps - 4), 2.2, 2.2]  # 2.32 and 2.28, which is 0.983 times that

    assert verdict(history(losses, train__accuracy=0.1)) == "slow"
    assert verdict(history(noisy, train__accuracy=0.1)) == "stuck"


def test_of_a_hundred_steps_a_tenth_is_one():
    losses = [2.4] * 10 + [2.3] * 80 + [2.35] * 10  # 0.979

    assert verdict(history(losses, train__accuracy=0.1)) == "slow"
    assert verdict(history([*[2.4] * 20, *[2.3] * 160, *[2.4] * 10, *[2.2] * 10], train__accuracy=0.1)) == "slow"


def test_at_most_half_of_a_run_is_compared_with_the_other_half():
    assert verdict(history([1.0] * 6 + [0.5] * 6, train__accuracy=0.1)) == "slow"
    assert verdict(history([0.5] * 6 + [1.0] * 6, train__accuracy=0.1)) == "stuck"


@pytest.mark.parametrize("seed", range(3))
def test_a_real_network_that_does_not_move_has_not_learned_however_short_its_run(prepare, seed):
    run = prepare(optimizer=SGD(lr=1e-12), trainer=Trainer(epochs=2), seed=seed).train()

    assert verdict(run.history) == "stuck"


@pytest.mark.parametrize(("losses", "word"), [([1.0], "stuck"), ([1.0, 0.5], "slow"), ([0.5, 1.0], "stuck")])
def test_runs_of_a_step_or_two_have_a_verdict(losses, word):
    assert verdict(history(losses, train__accuracy=0.1)) == word


@pytest.mark.parametrize(
    ("losses", "word"), [(FALLEN, "learned"), ([1, 0.9], "learned"), ([1, 0.91], "slow"), (FLAT, "stuck")]
)
def test_without_classes_only_the_loss_counts(losses, word):
    made = history(losses, classes=None)
    made.evaluations[-1].metrics.clear()

    assert verdict(made) == word


def test_losses_near_the_largest_number_have_a_mean():
    """Their sum is beyond it, their mean is not."""
    assert verdict(history([1e308] * 40, classes=None)) == "stuck"


def test_a_real_network_learns(prepare):
    assert verdict(prepare(trainer=Trainer(epochs=10)).train().history) == "learned"


def test_a_real_network_diverges(prepare):
    assert verdict(prepare(optimizer=SGD(lr=1e6)).train().history) == "diverged"


@pytest.mark.parametrize(
    ("model", "init"),
    [
        (MLP(hidden=[20]), Normal(scale=1e-5)),  # next to nothing of the signal is left, nor of its gradient
        (MLP(hidden=[20, 15], activation="sigmoid"), Normal(scale=0.01)),  # experiment E4's network under SGD
    ],
    ids=["tiny weights", "sigmoid"],
)
def test_a_real_network_is_stuck(prepare, model, init):
    run = prepare(model=model, init=init, optimizer=SGD(lr=0.01)).train()

    assert verdict(run.history) == "stuck"
    assert run.history.last("train/accuracy") < 0.15


def test_a_real_network_is_dying(prepare):
    """ReLUs pushed below zero for every image stay there: nothing comes through, no gradient goes back."""
    run = prepare(trainer=Trainer(epochs=2))
    run.problem.network.parameters["dense1.b"][...] = -100
    run.train()

    assert verdict(run.history) == "dying"
    assert run.history.last("dead/hidden1") == 1
    assert np.all(run.problem.network.parameters["dense1.b"] == -100)


@pytest.mark.parametrize(("lr", "word"), [(0.1, "learned"), (0.01, "slow"), (10.0, "diverged"), (1e-10, "stuck")])
def test_experiment_e3_on_the_bowl(follow, lr, word):
    """lr 0.1 gets there, 0.01 is at 1.8 % of its start, 10 flies off, 1e-10 hardly moves."""
    problem = SurfaceProblem(Surface("bowl", [-3.0, 4.0]))
    made = History.of(problem)
    for record in follow(problem, lr=lr, iterations=100):
        made.add(record)

    assert verdict(made) == word


@pytest.mark.parametrize(("end", "word"), [(0.0, "learned"), (0.25, "learned"), (0.26, "slow"), (25.0, "stuck")])
def test_a_surface_is_learned_at_a_hundredth_of_its_height(end, word):
    values = {0: 25.0, 20: end}
    made = History(None, [25.0] * 10 + [min(end, 24.0) if end < 25 else 25.0] * 10, minimum=0.0)
    made.evaluations = [Evaluation(step, {"surface/value": value}) for step, value in values.items()]

    assert verdict(made) == word
    made.minimum = 25.0 - 1e-9  # next to nothing was there to gain
    made.evaluations[-1].metrics["surface/value"] = 25.0 - 1e-9
    assert verdict(made) == "learned"

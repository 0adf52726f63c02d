"""Runs that overflow: where they stop, and what never comes out of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from zerosweep.nn.initializers import Normal
from zerosweep.optim.adaptive import AdaGrad, Adam
from zerosweep.optim.descent import SGD, Momentum
from zerosweep.optim.schedules import Constant
from zerosweep.tasks.surface import Surface, SurfaceProblem
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import Diverged, Evaluation, Step


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_ends_the_run_at_its_step(scripted, follow, bad):
    problem = scripted([3.0, 2.0, bad, 1.0])
    records = follow(problem, iterations=4, eval_every=1)

    assert records[-1] == Diverged(3, "loss")
    assert [record.step for record in records if isinstance(record, Step)] == [1, 2]
    assert [record.step for record in records if isinstance(record, Evaluation)] == [0, 1, 2]
    assert problem.done == 3  # and no step more


def test_a_loss_that_is_not_finite_moves_no_parameter(scripted, follow):
    problem = scripted([3.0, math.nan], [[0.5, 0.5], [9.0, 9.0]])
    follow(problem, iterations=2)

    assert problem.theta.tolist() == [0.5, 1.5]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", [0, 1])
def test_a_parameter_that_is_not_finite_ends_the_run_though_the_loss_is(scripted, follow, bad, where):
    gradient = [0.0, 0.0]
    gradient[where] = bad
    problem = scripted([3.0, 2.0, 1.0], [[0.0, 0.0], gradient, [0.0, 0.0]])
    records = follow(problem, iterations=3, eval_every=1)

    assert records[-2:] == [Step(2, 2.0), Diverged(2, "gradient")]
    assert problem.done == 2
    assert problem.evaluated_at == [0, 1]  # a state with NaN in it is not evaluated


def test_what_a_hidden_layer_had_in_the_end_is_kept(prepare):
    """Finite or not, of the mini-batch in which it ended."""
    ended = prepare(optimizer=SGD(lr=1e6)).train().records[-1]

    assert set(ended.hidden) == {f"{name}/hidden{i}" for name in ("dead", "activation_std", "signal") for i in (1, 2)}
    assert not ended.hidden["activation_std/hidden2"] < 1e6


def test_a_large_but_finite_parameter_is_not_divergence(scripted, follow):
    largest = float(np.finfo(np.float32).max)
    problem = scripted([1.0, 1.0], start=[largest, -largest], dtype=np.float32)

    assert not any(isinstance(record, Diverged) for record in follow(problem, iterations=2))


def test_the_first_step_may_be_the_last(scripted, follow):
    assert follow(scripted([math.nan]), iterations=5)[1:] == [Diverged(1, "loss")]


def test_experiment_e3_a_rate_of_ten_diverges_on_the_bowl(follow):
    """x_t = x_0 (-19)^t in float64, whose largest number is 1.8e308: f = 25 · 361^t is more from t = 120 on, so the loss
    of update 121 is the first that is not finite."""
    records = follow(SurfaceProblem(Surface("bowl", [-3.0, 4.0]), np.float64), lr=10.0, iterations=200)

    assert records[-1] == Diverged(121, "loss")
    assert [record.loss for record in records if isinstance(record, Step)][:3] == pytest.approx([25, 9025, 3258025])


WILD = {
    "sgd": {"optimizer": SGD(lr=1e6)},
    "momentum": {"optimizer": Momentum(lr=1e20)},
    "adam": {"optimizer": Adam(lr=1e30)},
    "bn": {"optimizer": SGD(lr=1e38), "bn": True},
    "init": {"init": Normal(scale=1e20)},
    "float64": {"optimizer": SGD(lr=1e100), "trainer": Trainer(epochs=3, eval_every=1, dtype="float64")},
}


@pytest.mark.parametrize("wild", WILD.values(), ids=WILD.keys())
def test_nothing_that_is_not_finite_is_ever_reported(prepare, wild):
    """Neither as a loss nor as a metric; nor is there a warning, which this suite would turn into an error."""
    run = prepare(**{"trainer": Trainer(epochs=3, eval_every=1)} | wild).train()

    assert all(map(math.isfinite, run.losses))
    for record in run.records:
        if isinstance(record, Evaluation):
            assert all(map(math.isfinite, record.metrics.values()))
    assert isinstance(run.records[-1], Diverged)
    assert [type(record) for record in run.records].count(Diverged) == 1


def test_a_gradient_whose_square_overflows_is_reported_finitely_or_not_at_all(scripted):
    """1e200 squared is no float64. AdaGrad divides by its root and hardly moves."""
    problem = scripted([1.0], [[1e200]], start=[1.0])
    records = list(train(problem, AdaGrad(lr=0.1), Constant(), Trainer(iterations=1)))

    assert isinstance(records[-1], Evaluation)
    assert all(map(math.isfinite, records[-1].metrics.values()))


def test_numpy_treats_errors_as_the_consumer_wishes_between_records(scripted):
    """A generator that held np.errstate across a yield would silence its consumer. The second update overflows."""
    problem = scripted([1.0] * 3, [[0.0, 0.0], [1e200, 0.0], [0.0, 0.0]])
    with np.errstate(divide="raise", over="raise", under="ignore", invalid="call"):
        wished = np.geterr()
        records = []
        for record in train(problem, SGD(lr=1e200), Constant(), Trainer(iterations=3)):
            records.append(record)
            assert np.geterr() == wished
        assert np.geterr() == wished
    assert records[-1] == Diverged(2, "parameters")


def test_a_consumer_that_makes_numpy_strict_meets_no_error_on_the_way(prepare):
    run = prepare(optimizer=SGD(lr=1e6), trainer=Trainer(iterations=30, eval_every=1))
    with np.errstate(all="raise"):
        run.train()

    assert isinstance(run.records[-1], Diverged)

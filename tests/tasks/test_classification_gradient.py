"""The gradient of a classification problem, against central differences of its loss."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.nn.layer import Mode
from zerosweep.nn.losses import CrossEntropy, SumOfSquares
from zerosweep.optim.regularizers import Regularizer

CASES = {
    "relu": {},
    "tanh": {"activation": "tanh"},
    "sigmoid and sum of squares": {"activation": "sigmoid", "loss": SumOfSquares()},
    "one-hot": {"one_hot": True},
    "clipped": {"loss": CrossEntropy(clip=1e-10)},
    "l2": {"regularizer": Regularizer(l2=0.3)},
    "l1 and l2": {"regularizer": Regularizer(l1=0.2, l2=0.3)},
    "hidden layers alone": {"regularizer": Regularizer(l1=0.2, l2=0.3, output=False)},
    "hidden layers alone, of which there are none": {"hidden": (), "regularizer": Regularizer(l2=0.3, output=False)},
    "batch normalization": {"bn": True},
    "dropout": {"regularizer": Regularizer(dropout=0.4)},
    "everything": {"bn": True, "activation": "leaky_relu", "regularizer": Regularizer(l1=0.01, l2=0.1, dropout=0.2)},
    "no hidden layer": {"hidden": ()},
}


def penalty(problem) -> float:
    """λ₁ Σ|w| + ½ λ₂ Σw² over the weights, found by name: no bias, no scale, no shift, nor the output layer where it is spared."""
    weights = [value for name, value in problem.network.parameters.items() if name.endswith(".W")]
    if not problem.regularizer.output:
        weights = weights[:-1]
    l1, l2 = problem.regularizer.l1, problem.regularizer.l2
    return sum(l1 * np.abs(w).sum() + 0.5 * l2 * (w**2).sum() for w in weights)


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES.keys())
def test_backprop_equals_central_differences_of_loss_and_penalty(make_problem, settings):
    problem = make_problem(**settings)
    seen = []
    deal = problem.batches.next
    problem.batches.next = lambda: seen.append(deal()) or seen[-1]
    problem.loss_and_gradient()
    found = problem.gradient.copy()

    def f() -> float:
        outputs = problem.network.forward(seen[0].x, Mode.REPLAY)
        return problem.loss.value(outputs, seen[0].targets) + penalty(problem)

    expected, h = np.empty_like(found), 1e-6
    for i, value in enumerate(problem.theta.copy()):
        problem.theta[i] = value + h
        above = f()
        problem.theta[i] = value - h
        expected[i] = (above - f()) / (2 * h)
        problem.theta[i] = value

    assert np.abs(expected).max() > 1e-3
    assert np.abs(found - expected).max() < 1e-7


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES.keys())
def test_the_two_ways_to_a_gradient_agree_step_for_step(make_problem, settings):
    backprop, numerical = make_problem(**settings), make_problem(**settings, gradient="numerical")
    for _ in range(3):
        losses = [problem.loss_and_gradient() for problem in (backprop, numerical)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-12)
        assert np.abs(backprop.gradient - numerical.gradient).max() < 1e-7
        for problem in (backprop, numerical):
            problem.theta -= 0.1 * backprop.gradient


def test_the_loss_that_is_reported_is_without_penalty(make_problem):
    plain, penalised = make_problem(), make_problem(regularizer=Regularizer(l2=5.0))

    assert plain.loss_and_gradient() == penalised.loss_and_gradient()


def test_the_first_loss_by_hand(make_problem):
    """Softmax regression written out."""
    problem = make_problem(hidden=())
    batch = problem.batches.next()
    x, targets = batch.x.copy(), batch.targets.copy()
    problem.batches.next = lambda: batch
    logits = x @ problem.network.parameters["dense1.W"] + problem.network.parameters["dense1.b"]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    loss = problem.loss_and_gradient()

    assert loss == pytest.approx(-np.log(p[np.arange(len(x)), targets]).mean(), rel=1e-12)
    by_hand = x.T @ (p - np.eye(3)[targets]) / len(x)
    assert np.allclose(problem.network.gradients["dense1.W"], by_hand, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", [CrossEntropy(), CrossEntropy(clip=1e-10), SumOfSquares()], ids=str)
@pytest.mark.parametrize("bn", [False, True])
def test_one_hot_and_index_targets_give_the_same_trajectory(make_problem, loss, bn):
    index, hot = (make_problem(one_hot=one_hot, loss=loss, bn=bn) for one_hot in (False, True))
    for _ in range(25):
        assert index.loss_and_gradient() == pytest.approx(hot.loss_and_gradient(), rel=1e-12)
        for problem in (index, hot):
            problem.theta -= 0.1 * problem.gradient

    assert np.allclose(index.theta, hot.theta, rtol=1e-12, atol=1e-14)
    assert index.evaluate(lambda hidden: None) == pytest.approx(hot.evaluate(lambda hidden: None), rel=1e-12)


def test_gradients_are_in_the_dtype_of_the_network(make_problem):
    problem = make_problem(dtype=np.float32, bn=True, regularizer=Regularizer(l2=0.1, dropout=0.2))
    problem.loss_and_gradient()

    assert problem.gradient.dtype == problem.theta.dtype == np.float32

"""Two steps of every optimizer worked out from the equation in its docstring, with plain numbers."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from zerosweep.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from zerosweep.optim.descent import SGD, Momentum, Nesterov
from zerosweep.optim.registry import OPTIMIZERS


def two_steps(optimizer, first: float, second: float) -> list[float]:
    """θ after each of two updates by these gradients, from θ = 1."""
    theta, state = np.array([1.0]), optimizer.init(1, np.float64)
    path = []
    for gradient in (first, second):
        optimizer.update(theta, np.array([gradient]), state)
        path.append(float(theta[0]))
    return path


def test_sgd():
    assert two_steps(SGD(lr=0.1), 0.5, -0.25) == pytest.approx([1 - 0.05, 0.95 + 0.025], rel=1e-14)


def test_momentum():
    v1 = -0.1 * 0.5  # -0.05
    v2 = 0.9 * -0.05 - 0.1 * -0.25  # -0.02
    assert two_steps(Momentum(lr=0.1, momentum=0.9), 0.5, -0.25) == pytest.approx([1 + v1, 0.95 + v2], rel=1e-14)


def test_nesterov():
    first = 0.9 * -0.05 - 0.05  # v = -0.05 as with momentum: -0.095
    second = 0.9 * -0.02 + 0.025  # v = -0.02 as with momentum: 0.007
    assert two_steps(Nesterov(lr=0.1, momentum=0.9), 0.5, -0.25) == pytest.approx(
        [1 + first, 0.905 + second], rel=1e-14
    )


def test_adagrad():
    """h = 0.09 + 0.16 = 0.25, then 0.25 + 1.44 = 1.69: roots 0.5 and 1.3."""
    optimizer = AdaGrad(lr=0.1, initial_accumulator=0.09)
    assert two_steps(optimizer, 0.4, 1.2) == pytest.approx([1 - 0.04 / 0.5, 0.92 - 0.12 / 1.3], rel=1e-14)


def test_adagrad_of_experiment_e4():
    """h₀ = 1e-4 and no ε."""
    h1 = 1e-4 + 0.01**2
    h2 = h1 + 0.02**2
    expected = [1 - 0.1 * 0.01 / sqrt(h1), 1 - 0.1 * 0.01 / sqrt(h1) + 0.1 * 0.02 / sqrt(h2)]
    assert two_steps(AdaGrad(lr=0.1), 0.01, -0.02) == pytest.approx(expected, rel=1e-14)


def test_adagrad_as_published_in_experiment_e4():
    """h = 1e-4 in the first step, so it is g · 0.1 / 0.01 long; then h = 1e-4 + 0.02² = 5e-4, without the first g²."""
    first = 0.1 * 0.01 / 0.01
    second = 0.1 * -0.02 / sqrt(5e-4)
    found = two_steps(AdaGrad(lr=0.1, first_step="published"), 0.01, -0.02)
    assert found == pytest.approx([1 - first, 1 - first - second], rel=1e-14)


def test_adagrad_with_epsilon_outside():
    optimizer = AdaGrad(lr=0.1, initial_accumulator=0.09, epsilon=0.3)
    assert two_steps(optimizer, 0.4, 1.2) == pytest.approx([1 - 0.04 / 0.8, 0.95 - 0.12 / 1.6], rel=1e-14)


def test_adagrad_with_epsilon_inside():
    """√(0.25 + 0.11) = 0.6 and √(1.69 + 0.11) = √1.8: ε is not added into h."""
    optimizer = AdaGrad(lr=0.1, initial_accumulator=0.09, epsilon=0.11, epsilon_inside=True)
    expected = [1 - 0.04 / 0.6, 1 - 0.04 / 0.6 - 0.12 / sqrt(1.8)]
    assert two_steps(optimizer, 0.4, 1.2) == pytest.approx(expected, rel=1e-14)


def test_rmsprop():
    """h = 0.25 · 0.16 = 0.04, then 0.75 · 0.04 + 0.25 · 0.64 = 0.19; √0.04 + 0.3 = 0.5."""
    optimizer = RMSProp(lr=0.1, decay=0.75, epsilon=0.3)
    expected = [1 - 0.04 / 0.5, 0.92 + 0.08 / (sqrt(0.19) + 0.3)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


def test_rmsprop_of_experiment_e4():
    """α = 0.99, h₀ = 0, ε = 1e-7 behind the root: the first step is ten times η for want of a bias correction."""
    first = 0.01 * 0.5 / (sqrt(0.01 * 0.25) + 1e-7)
    second = 0.01 * 0.25 / (sqrt(0.99 * 0.0025 + 0.01 * 0.0625) + 1e-7)
    assert two_steps(RMSProp(lr=0.01), 0.5, 0.25) == pytest.approx([1 - first, 1 - first - second], rel=1e-14)
    assert first == pytest.approx(0.1, rel=1e-5)


def test_rmsprop_with_epsilon_inside():
    optimizer = RMSProp(lr=0.1, decay=0.75, epsilon=0.21, epsilon_inside=True)  # √(0.04 + 0.21) = 0.5
    expected = [1 - 0.04 / 0.5, 0.92 + 0.08 / sqrt(0.19 + 0.21)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


def test_rmsprop_from_an_initial_accumulator():
    """h = 0.75 · 0.28 + 0.25 · 0.16 = 0.25, then 0.75 · 0.25 + 0.25 · 0.64 = 0.3475."""
    optimizer = RMSProp(lr=0.1, decay=0.75, epsilon=0.3, initial_accumulator=0.28)
    expected = [1 - 0.04 / 0.8, 0.95 + 0.08 / (sqrt(0.3475) + 0.3)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


# Adam with β₁ = 1/2 and β₂ = 3/4 under the gradients 0.4 and -0.8:
# m = 0.2, then 0.1 - 0.4 = -0.3, over 1/2 and 3/4: m̂ = 0.4, then -0.4;
# v = 0.04, then 0.03 + 0.16 = 0.19, over 1/4 and 7/16: v̂ = 0.16, then 0.19 · 16/7.
V_HAT_2 = 0.19 * 16 / 7


def test_adam():
    optimizer = Adam(lr=0.1, beta1=0.5, beta2=0.75, epsilon=0.1)
    expected = [1 - 0.04 / 0.5, 0.92 + 0.04 / (sqrt(V_HAT_2) + 0.1)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


def test_adam_with_epsilon_inside():
    optimizer = Adam(lr=0.1, beta1=0.5, beta2=0.75, epsilon=0.09, epsilon_inside=True)  # √(0.16 + 0.09) = 0.5
    expected = [1 - 0.04 / 0.5, 0.92 + 0.04 / sqrt(V_HAT_2 + 0.09)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("gradient", [1e-3, -0.5, 1e4])
def test_adams_first_step_is_as_long_as_the_learning_rate(gradient):
    assert two_steps(Adam(lr=0.01), gradient, 0)[0] == pytest.approx(1 - 0.01 * np.sign(gradient), rel=1e-6)


def test_adam_of_experiment_e4():
    """β = 0.9 and 0.999, ε = 1e-8, under the gradients 0.5 and 0.25."""
    m_hat = (0.9 * 0.05 + 0.1 * 0.25) / (1 - 0.81)
    v_hat = (0.999 * 0.00025 + 0.001 * 0.0625) / (1 - 0.998001)
    first = 0.01 * 0.5 / (0.5 + 1e-8)
    assert two_steps(Adam(lr=0.01), 0.5, 0.25) == pytest.approx(
        [1 - first, 1 - first - 0.01 * m_hat / (sqrt(v_hat) + 1e-8)]
    )


def test_adamw():
    """θ shrinks by 1 - 0.1 · 0.5 = 0.95 first, then moves as under Adam."""
    optimizer = AdamW(lr=0.1, beta1=0.5, beta2=0.75, epsilon=0.1, weight_decay=0.5)
    expected = [0.95 - 0.08, 0.87 * 0.95 + 0.04 / (sqrt(V_HAT_2) + 0.1)]
    assert two_steps(optimizer, 0.4, -0.8) == pytest.approx(expected, rel=1e-14)


def test_adamw_decays_without_a_gradient_and_adam_does_not():
    assert two_steps(AdamW(lr=0.1, weight_decay=0.5), 0, 0) == pytest.approx([0.95, 0.95**2])
    assert two_steps(Adam(lr=0.1), 0, 0) == [1, 1]


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"adamw"}))
def test_a_parameter_without_a_gradient_stays(name):
    assert two_steps(OPTIMIZERS[name](), 0, 0) == [1, 1]


def test_the_settings_of_experiment_e4_besides_its_rates_are_the_defaults():
    assert Momentum().momentum == 0.9
    assert (AdaGrad().initial_accumulator, AdaGrad().epsilon) == (1e-4, 0)
    assert (RMSProp().decay, RMSProp().epsilon, RMSProp().epsilon_inside) == (0.99, 1e-7, False)
    assert (Adam().beta1, Adam().beta2, Adam().epsilon_inside) == (0.9, 0.999, False)


# Experiment E4 on the surface x²/20 + y², from (-7, 2): the learning rates of the article, 30 steps.
@pytest.mark.parametrize(
    ("optimizer", "crossings"),
    [(SGD(lr=0.95), 30), (Momentum(lr=0.1), None), (AdaGrad(lr=1.5), None), (Adam(lr=0.3), None)],
    ids=["sgd", "momentum", "adagrad", "adam"],
)
def test_the_ravine_of_experiment_e4(optimizer, crossings):
    theta, state = np.array([-7.0, 2.0]), optimizer.init(2, np.float64)
    signs = [1.0]
    for _ in range(30):
        optimizer.update(theta, theta * [1 / 10, 2], state)
        signs.append(np.sign(theta[1]))
    assert theta[0] ** 2 / 20 + theta[1] ** 2 < (49 / 20 + 4) / 10
    if crossings is not None:  # y ← (1 - 2 · 0.95) y: SGD zigzags over the valley's floor at each step
        assert sum(a != b for a, b in pairwise(signs)) == crossings
        assert theta == pytest.approx([-7 * 0.905**30, 2 * 0.9**30], rel=1e-12)

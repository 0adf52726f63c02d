"""Penalties by hand and against central differences."""

import math

import numpy as np
import pytest

from zerosweep.errors import SettingError
from zerosweep.nn.gradcheck import numerical_gradient
from zerosweep.optim.optimizer import BLOCK
from zerosweep.optim.regularizers import NEAR_ZERO, REGULARIZERS, Regularizer

WEIGHTS = np.array([3.0, -4.0, 0.0])
PENALTIES = {
    "none": (Regularizer(), 0, [0, 0, 0]),
    "l1": (Regularizer(l1=0.1), 0.1 * 7, [0.1, -0.1, 0]),
    "l2": (Regularizer(l2=0.2), 0.5 * 0.2 * 25, [0.6, -0.8, 0]),
    "both": (Regularizer(l1=0.1, l2=0.2), 0.7 + 2.5, [0.7, -0.9, 0]),
    "dropout": (Regularizer(dropout=0.5), 0, [0, 0, 0]),  # a matter of layers, not of weights
}
every_penalty = pytest.mark.parametrize(("regularizer", "penalty", "pull"), PENALTIES.values(), ids=PENALTIES)


@every_penalty
def test_penalty_by_hand(regularizer, penalty, pull):
    assert regularizer.penalty(WEIGHTS) == pytest.approx(penalty, rel=1e-14)


@every_penalty
def test_gradient_by_hand_is_added_to_what_is_there(regularizer, penalty, pull):
    gradient = np.array([10.0, 20.0, 30.0])
    regularizer.add_gradient(WEIGHTS, gradient)
    np.testing.assert_allclose(gradient, np.array([10, 20, 30]) + pull, rtol=1e-14)


@every_penalty
def test_gradient_agrees_with_central_differences(regularizer, penalty, pull):
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 2, 50) * rng.choice([-1, 1], 50)  # clear of the kink of |w|
    gradient = np.zeros(50)
    regularizer.add_gradient(weights, gradient)
    numerical = numerical_gradient(lambda: regularizer.penalty(weights), weights, np.empty(50))
    np.testing.assert_allclose(gradient, numerical, rtol=0, atol=1e-8)


def test_the_sign_of_zero_is_zero():
    gradient = np.zeros(2)
    Regularizer(l1=0.1).add_gradient(np.array([0.0, -0.0]), gradient)
    np.testing.assert_array_equal(gradient, 0)


@every_penalty
def test_weights_are_left_alone(regularizer, penalty, pull):
    weights = WEIGHTS.copy()
    regularizer.penalty(weights)
    regularizer.add_gradient(weights, np.zeros(3))
    np.testing.assert_array_equal(weights, WEIGHTS)


@pytest.mark.parametrize("n", [0, 1, BLOCK, BLOCK + 1, 40_000])
def test_blocks_do_not_show(n):
    rng = np.random.default_rng(n)
    weights, gradient = rng.standard_normal(n), rng.standard_normal(n)
    expected = gradient + 0.1 * np.sign(weights) + 0.2 * weights
    Regularizer(l1=0.1, l2=0.2).add_gradient(weights, gradient)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)


def test_float32_stays_float32():
    gradient = np.zeros(3, np.float32)
    Regularizer(l1=0.1, l2=0.2).add_gradient(WEIGHTS.astype(np.float32), gradient)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, [0.7, -0.9, 0], rtol=1e-6)


def test_l1_drives_a_weight_towards_zero_and_l2_shrinks_it():
    """Gradient descent on the penalty alone: |w| falls by η λ a step, and by the factor 1 - η λ."""
    for regularizer, expected in ((Regularizer(l1=0.5), 2 - 3 * 0.1 * 0.5), (Regularizer(l2=0.5), 2 * 0.95**3)):
        weights = np.array([2.0, -2.0])
        for _ in range(3):
            gradient = np.zeros(2)
            regularizer.add_gradient(weights, gradient)
            weights -= 0.1 * gradient
        np.testing.assert_allclose(weights, [expected, -expected])


@pytest.mark.parametrize("make", REGULARIZERS.values(), ids=REGULARIZERS)
def test_by_default_nothing_is_regularized(make):
    gradient = np.ones(3)
    make().add_gradient(WEIGHTS, gradient)
    np.testing.assert_array_equal(gradient, 1)
    assert make().penalty(WEIGHTS) == make().dropout == 0


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
@pytest.mark.parametrize(
    ("field", "allowed"), [("l1", "must be >= 0"), ("l2", "must be >= 0"), ("dropout", "must be >= 0 and < 1")]
)
def test_a_value_out_of_range_is_refused(field, allowed, value):
    if value == math.inf and "<" not in allowed:
        allowed += " and finite"
    with pytest.raises(SettingError, match=f"^{field}={value}: {allowed}$"):
        Regularizer(**{field: value})


def test_dropping_everything_is_refused():
    with pytest.raises(SettingError, match=r"^dropout=1: must be >= 0 and < 1$"):
        Regularizer(dropout=1)


def test_the_share_near_zero_by_hand():
    """Of 0, ±0.0009, ±0.0011 and 1 three are nearer than 0.001."""
    weights = np.array([0, 0.0009, -0.0009, 0.0011, -0.0011, 1])
    assert Regularizer.near_zero(weights) == 3 / 6
    assert Regularizer.near_zero(np.array([])) == 0


def test_descent_on_l1_ends_within_a_step_of_zero():
    """It steps across zero, to and fro, at the published rate of 0.1 and λ of 0.005: what `NEAR_ZERO` is above."""
    weights = np.random.default_rng(0).uniform(-0.2, 0.2, 100)
    for _ in range(1000):
        gradient = np.zeros(100)
        Regularizer(l1=0.005).add_gradient(weights, gradient)
        weights -= 0.1 * gradient
    assert np.abs(weights).max() <= 0.1 * 0.005 * (1 + 1e-9) < NEAR_ZERO
    assert Regularizer.near_zero(weights) == 1

"""Activations by hand, at their kinks and at their extremes."""

import math

import numpy as np
import pytest

from zerosweep.nn.activations import ACTIVATIONS, LeakyReLU, ReLU, Sigmoid, Tanh
from zerosweep.nn.layer import Mode

every_activation = pytest.mark.parametrize("make", ACTIVATIONS.values(), ids=ACTIVATIONS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])

# (activation, x, f(x), f'(x)): e^(-ln 3) = 1/3 makes sigmoid(ln 3) = 3/4, and tanh(ln 2) = (2 - 1/2) / (2 + 1/2)
BY_HAND = [
    (ReLU(), [-2, 0.5, 3], [0, 0.5, 3], [0, 1, 1]),
    (LeakyReLU(), [-2, 0.5, 3], [-0.02, 0.5, 3], [0.01, 1, 1]),
    (LeakyReLU(0.25), [-2, 0.5, 3], [-0.5, 0.5, 3], [0.25, 1, 1]),
    (Sigmoid(), [0, math.log(3), -math.log(3)], [1 / 2, 3 / 4, 1 / 4], [1 / 4, 3 / 16, 3 / 16]),
    (Tanh(), [0, math.log(2), -math.log(2)], [0, 0.6, -0.6], [1, 0.64, 0.64]),
]


@pytest.mark.parametrize(("layer", "x", "y", "slope"), BY_HAND, ids=lambda value: type(value).__name__)
def test_value_and_slope(layer, x, y, slope, alone):
    network = alone(layer, (3,))
    np.testing.assert_allclose(network.forward(np.array([x], float), Mode.TRAIN), [y], rtol=1e-14, atol=1e-16)
    dy = np.array([[2.0, -3.0, 5.0]])
    np.testing.assert_allclose(layer.backward(dy), dy * slope, rtol=1e-14)


@pytest.mark.parametrize(("layer", "slope"), [(ReLU(), 0), (LeakyReLU(0.25), 0.25)], ids=["relu", "leaky_relu"])
def test_slope_at_the_kink_is_that_of_the_left(layer, slope, alone):
    alone(layer, (1,)).forward(np.zeros((1, 1)), Mode.TRAIN)
    assert layer.backward(np.array([[4.0]])) == 4 * slope


@every_dtype
@every_activation
def test_extreme_inputs_give_finite_numbers(make, dtype, alone):
    network = alone(make(), (4,), dtype)
    y = network.forward(np.array([[-1000, 1000, -1e30, 1e30]], dtype), Mode.TRAIN)
    assert np.isfinite(y).all()
    assert np.isfinite(network.layers[0].backward(np.ones_like(y))).all()


@every_dtype
def test_sigmoid_saturates_without_denormals(dtype, alone):
    y = alone(Sigmoid(), (6,), dtype).forward(np.array([[-1000, -750, -100, -88, 100, 1000]], dtype), Mode.TRAIN)
    assert (y >= np.finfo(dtype).tiny).all()
    np.testing.assert_allclose(y, [[0, 0, 0, 0, 1, 1]], atol=1e-25)


@every_activation
def test_nan_is_not_hidden(make, alone):
    """A diverged network must be seen to have diverged."""
    assert np.isnan(alone(make(), (1,)).forward(np.array([[np.nan]]), Mode.TRAIN)).all()


@every_activation
def test_y_keeps_the_outputs_of_the_last_pass(make, alone):
    network = alone(make(), (3,))
    for rows in (4, 2):
        y = network.forward(np.random.default_rng(rows).standard_normal((rows, 3)), Mode.EVALUATE)
        np.testing.assert_array_equal(network.layers[0].y, y)


@pytest.mark.parametrize(
    ("layer", "x", "active"),
    [
        (ReLU(), [-1, 0, 1e-3], [False, False, True]),
        (LeakyReLU(), [-1, 0, 1e-3], [True, True, True]),
        (Sigmoid(), [-20, -10, 10, 20], [False, True, True, False]),  # slopes 2e-9 and 4.5e-5
        (Tanh(), [-9, -5, 5, 9], [False, True, True, False]),  # slopes 6e-8 and 1.8e-4
    ],
    ids=lambda value: type(value).__name__,
)
def test_active_where_a_gradient_passes(layer, x, active, alone):
    y = alone(layer, (len(x),)).forward(np.array([x], float), Mode.EVALUATE)
    np.testing.assert_array_equal(layer.active(y), [active])


@every_activation
def test_inactive_units_pass_next_to_no_gradient(make, alone):
    layer = make()
    y = alone(layer, (201,)).forward(np.linspace(-50, 50, 201)[None], Mode.TRAIN)
    passed = np.abs(layer.backward(np.ones_like(y)))
    np.testing.assert_array_equal(passed > 1e-6, layer.active(y))


@pytest.mark.parametrize(
    ("activation", "saturated", "not_saturated"),
    [(Sigmoid(), [0.0099, 0.9901], [0.0101, 0.5, 0.9899]), (Tanh(), [-0.981, 0.981], [-0.979, 0.0, 0.979])],
    ids=["sigmoid", "tanh"],
)
def test_saturated_is_within_a_hundredth_of_the_range_from_a_bound(activation, saturated, not_saturated):
    assert activation.saturated(np.array(saturated)).all()
    assert not activation.saturated(np.array(not_saturated)).any()

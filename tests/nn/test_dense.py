"""Fully connected layers by hand."""

import numpy as np
import pytest

from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.layer import Mode
from zerosweep.nn.network import Network

X = np.array([[1.0, 2.0], [3.0, -1.0]])
W = np.array([[1.0, 0.0, 2.0], [-1.0, 3.0, 0.5]])
B = np.array([10.0, 20.0, 30.0])
DY = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])


@pytest.fixture
def network() -> Network:
    network = Network([Dense(3)], (2,), np.float64)
    network.parameters["dense1.W"][...] = W
    network.parameters["dense1.b"][...] = B
    return network


def test_forward(network):
    expected = [[1 - 2 + 10, 0 + 6 + 20, 2 + 1 + 30], [3 + 1 + 10, 0 - 3 + 20, 6 - 0.5 + 30]]
    np.testing.assert_allclose(network.forward(X, Mode.TRAIN), expected)


def test_backward(network):
    network.forward(X, Mode.TRAIN)
    dx = network.layers[0].backward(DY)
    np.testing.assert_allclose(network.gradients["dense1.W"], [[1 + 6, 0 + 3, -1], [2 - 2, 0 - 1, -2]])
    np.testing.assert_allclose(network.gradients["dense1.b"], [3, 1, -1])
    np.testing.assert_allclose(dx, [[1 - 2, -1 - 0.5], [2, -2 + 3]])


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_computes_the_same(network, mode):
    np.testing.assert_array_equal(network.forward(X, mode), X @ W + B)


def test_an_absorbed_bias_has_a_gradient_of_exactly_zero():
    network = Network([Dense(3, bias_absorbed=True)], (2,), np.float64)
    network.parameters["dense1.W"][...], network.gradient[...] = W, np.nan
    network.forward(X, Mode.TRAIN)
    dx = network.layers[0].backward(DY)
    np.testing.assert_array_equal(network.gradients["dense1.b"], 0)
    np.testing.assert_array_equal(network.gradients["dense1.W"], X.T @ DY)
    np.testing.assert_array_equal(dx, DY @ W.T)


def test_no_dx_where_none_is_needed(network):
    network.forward(X, Mode.TRAIN)
    assert network.layers[0].backward(DY, need_dx=False) is None


def test_flatten_keeps_c_order():
    network = Network([Flatten()], (2, 3), np.float64)
    x = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(network.forward(x, Mode.TRAIN), [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
    np.testing.assert_array_equal(network.layers[0].backward(np.arange(12.0).reshape(2, 6)), x)

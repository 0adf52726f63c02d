"""One contiguous vector of parameters, one of gradients, and the names of their parts."""

import numpy as np
import pytest

from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network

PARTS = {
    "dense1.W": (6, 3),
    "dense2.W": (3, 2),
    "dense3.W": (2, 5),
    "dense1.b": (3,),
    "batchnorm1.gamma": (3,),
    "batchnorm1.beta": (3,),
    "dense2.b": (2,),
    "batchnorm2.gamma": (2,),
    "batchnorm2.beta": (2,),
    "dense3.b": (5,),
}
WEIGHTS = 18 + 6 + 10


@pytest.fixture
def network() -> Network:
    return Network(MLP([3, 2]).layers(5, bn=True, dropout=0.1), (2, 3), np.float64)


def test_parameters_have_these_names_and_shapes_weights_first(network):
    assert [(name, view.shape) for name, view in network.parameters.items()] == list(PARTS.items())
    assert [(name, view.shape) for name, view in network.gradients.items()] == list(PARTS.items())


@pytest.mark.parametrize("which", ["theta", "gradient"])
def test_names_are_views_that_cover_the_vector_in_order(network, which):
    vector = getattr(network, which)
    views = network.parameters if which == "theta" else network.gradients
    assert vector.flags.c_contiguous
    assert vector.shape == (WEIGHTS + 3 + 3 + 3 + 2 + 2 + 2 + 5,)
    vector[...] = np.arange(vector.size)
    np.testing.assert_array_equal(np.concatenate([view.ravel() for view in views.values()]), np.arange(vector.size))
    for view in views.values():
        view[...] = -1
    np.testing.assert_array_equal(vector, -1)


def test_what_the_regularizer_sees_is_every_weight_and_nothing_else(network):
    for name, view in network.parameters.items():
        view[...] = 1 if name.endswith(".W") else 2
    for name, view in network.gradients.items():
        view[...] = 3 if name.endswith(".W") else 4
    np.testing.assert_array_equal(network.weights, np.ones(WEIGHTS))
    np.testing.assert_array_equal(network.weight_gradients, np.full(WEIGHTS, 3))
    assert np.shares_memory(network.weights, network.theta)
    assert np.shares_memory(network.weight_gradients, network.gradient)


def test_parameters_and_gradients_are_apart(network):
    assert not np.shares_memory(network.theta, network.gradient)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_has_the_dtype_of_the_network(dtype):
    network = Network(MLP([3]).layers(5, bn=True, dropout=0), (6,), dtype)
    arrays = [network.theta, network.gradient, *network.state().values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_float32_is_the_default():
    assert Network(MLP([3]).layers(5, bn=False, dropout=0), (6,)).theta.dtype == np.float32


def test_layers_keep_to_their_own_parameters_past_the_tenth():
    """dense1 must not be given what belongs to dense10 and dense11."""
    network = Network(MLP([2] * 10).layers(2, bn=False, dropout=0), (2,), np.float64)
    first = network.layers[1]
    assert first.name == "dense1"
    assert set(first.values) == {"W", "b"}
    assert np.shares_memory(first.values["W"], network.parameters["dense1.W"])


def test_the_output_layers_weights_come_last(network):
    last = [name for name in network.parameters if name.endswith(".W")][-1]
    network.parameters[last][...] = 7
    assert network.weight_count - network.hidden_weight_count == network.parameters[last].size
    np.testing.assert_array_equal(network.weights[network.hidden_weight_count :], 7)

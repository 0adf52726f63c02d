"""Where a network starts: what is drawn, what is fixed, and what other settings leave as it was."""

from functools import partial

import numpy as np
import pytest

from zerosweep.nn.dense import Dense
from zerosweep.nn.initializers import INITIALIZERS, Normal
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.randomness import generator


def started(hidden=(8, 6), bn=False, dropout=0.0, dtype=np.float64, seed=0, initializer=None) -> Network:
    def named(name: str) -> np.random.Generator:
        return generator(seed, name)

    network = Network(MLP(list(hidden)).layers(3, bn, dropout), (5,), dtype, named)
    network.theta[...] = 99  # whatever was there before
    network.initialize(initializer or Normal(), named)
    return network


def test_biases_and_shifts_are_zero_and_scales_one():
    network = started(bn=True)
    for name, value in network.parameters.items():
        if name.endswith(".W"):
            assert (np.abs(value) < 0.1).all()  # ten deviations of N(0, 0.01²)
            assert (value != 0).all()
        else:
            np.testing.assert_array_equal(value, 1 if name.endswith("gamma") else 0)


def test_the_fans_are_the_inputs_and_units_of_a_layer():
    network = Network(MLP([200]).layers(3, bn=False, dropout=0), (800,), np.float64)
    for name, deviation in (("he", (2 / 800) ** 0.5), ("xavier", (2 / 1000) ** 0.5)):
        network.initialize(INITIALIZERS[name](), lambda name: generator(0, name))
        assert network.parameters["dense1.W"].std() == pytest.approx(deviation, rel=0.01)


def test_batch_normalization_leaves_the_initial_weights_as_they_were():
    """Experiment E1 compares runs that start from the same weights."""
    plain, normalized = started(bn=False), started(bn=True)
    for name in plain.parameters:
        np.testing.assert_array_equal(plain.parameters[name], normalized.parameters[name])


def test_dropout_leaves_the_initial_weights_as_they_were():
    np.testing.assert_array_equal(started(dropout=0.5).theta, started().theta)


def test_float32_starts_from_the_rounded_numbers_of_float64():
    np.testing.assert_array_equal(started(dtype=np.float32).theta, started().theta.astype(np.float32))


def test_another_layer_behind_leaves_the_layers_before_as_they_were():
    short, deep = started(hidden=(8,)), started(hidden=(8, 8))
    np.testing.assert_array_equal(short.parameters["dense1.W"], deep.parameters["dense1.W"])


def test_layers_of_the_same_shape_draw_different_numbers():
    network = started(hidden=(5, 5))
    assert (network.parameters["dense1.W"] != network.parameters["dense2.W"]).all()


class TwoWeights(Dense):
    """A layer with a second weight of the same shape."""

    def parameters(self, input_shape):
        own = super().parameters(input_shape)
        return own | {"V": own["W"]}


def test_two_weights_of_one_layer_draw_from_different_generators():
    network = Network([TwoWeights(3)], (3,))
    network.initialize(Normal(), partial(generator, 0))

    first, second = network.parameters["twoweights1.W"], network.parameters["twoweights1.V"]
    assert first.any()
    assert second.any()
    assert not np.array_equal(first, second)

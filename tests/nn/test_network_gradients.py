"""Backprop through whole networks against central differences of their loss."""

import numpy as np
import pytest
from tests.nn.conftest import in_plain_layers

from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.nn.cnn import CNN
from zerosweep.nn.conv_pool import ConvPool
from zerosweep.nn.gradcheck import numerical_gradient
from zerosweep.nn.layer import Activation, Mode
from zerosweep.nn.losses import CrossEntropy, Loss, SumOfSquares
from zerosweep.nn.mlp import MLP
from zerosweep.nn.model import Model
from zerosweep.nn.network import Network
from zerosweep.randomness import generator

CLASSES = np.array([0, 2, 1, 1, 0])


def distances(network: Network, x: np.ndarray) -> np.ndarray:
    """How far each input of an activation is from 0, and in each square of a pool the largest number from the next."""
    found = []
    for layer in network.layers:
        if isinstance(layer, Activation):
            found.append(np.abs(x).ravel())
        if isinstance(layer, ConvPool):
            unpooled = Network(in_plain_layers([layer])[:-1], layer.input_shape, np.float64)
            for name, value in unpooled.parameters.items():
                value[...] = layer.values[name.split(".")[1]]
            images = unpooled.forward(x, Mode.TRAIN)
            _, height, width = layer.output_shape(layer.input_shape)
            squares = images[:, :, : 2 * height, : 2 * width].reshape(*images.shape[:2], height, 2, width, 2)
            ordered = np.sort(squares.swapaxes(3, 4).reshape(-1, 4))
            found.append(ordered[:, 3] - ordered[:, 2])
        x = layer.forward(x, Mode.REPLAY)
    return np.concatenate(found)


def clear_of_kinks(
    model: Model, bn: bool, dropout: float, shape: tuple[int, ...] = (2, 2)
) -> tuple[Network, np.ndarray]:
    """A network and a mini-batch with no unit so near to 0 that a difference would straddle the kink of a relu there, and no
    two numbers so near to one another that it would change which is the larger."""
    for seed in range(100):
        network = Network(model.layers(3, bn, dropout), shape, np.float64, lambda name, s=seed: generator(s, name))
        rng = np.random.default_rng(seed)
        network.theta[...] = rng.standard_normal(network.theta.size)
        x = rng.standard_normal((len(CLASSES), *shape))
        network.forward(x, Mode.TRAIN)  # draws the masks of the replays
        if distances(network, x).min() > 1e-3:
            return network, x
    raise AssertionError("no draw is clear of the kinks")


def assert_backprop_is_right(network: Network, x: np.ndarray, loss: Loss, targets: np.ndarray, agree) -> None:
    outputs = network.forward(x, Mode.REPLAY)
    d_outputs = np.empty_like(outputs)
    loss.value_and_gradient(outputs, targets, d_outputs)
    network.backward(d_outputs)
    numerical = numerical_gradient(
        lambda: loss.value(network.forward(x, Mode.REPLAY), targets), network.theta, np.empty_like(network.theta)
    )
    assert np.abs(numerical).max() > 1e-2  # or there would be nothing to compare
    agree(network.gradient, numerical)


@pytest.mark.parametrize("dropout", [0.0, 0.3], ids=["", "dropout"])
@pytest.mark.parametrize("bn", [False, True], ids=["", "bn"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_mlp(activation, bn, dropout, assert_gradients_agree):
    network, x = clear_of_kinks(MLP([6, 5], activation, slope=0.2), bn, dropout)
    assert_backprop_is_right(network, x, CrossEntropy(), CLASSES, assert_gradients_agree)


@pytest.mark.parametrize("dropout", [0.0, 0.3], ids=["", "dropout"])
@pytest.mark.parametrize("bn", [False, True], ids=["", "bn"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_cnn(activation, bn, dropout, assert_gradients_agree):
    """11 → 9 → 4 → 2 → 1 pixels, so the first pool leaves an odd row and column out."""
    network, x = clear_of_kinks(CNN([2, 3], 3, activation, slope=0.2), bn, dropout, (1, 11, 11))
    assert_backprop_is_right(network, x, CrossEntropy(), CLASSES, assert_gradients_agree)


@pytest.mark.parametrize("bn", [False, True], ids=["", "bn"])
def test_cnn_of_colour_images_that_are_not_square(bn, assert_gradients_agree):
    network, x = clear_of_kinks(CNN([2, 3], 3, "tanh"), bn, dropout=0.0, shape=(3, 11, 12))
    assert_backprop_is_right(network, x, CrossEntropy(), CLASSES, assert_gradients_agree)


def test_cnn_with_raw_pixels_and_the_clipped_loss_of_experiment_e2(assert_gradients_agree):
    network, x = clear_of_kinks(CNN([2], 3), bn=True, dropout=0.0, shape=(1, 6, 6))
    x *= 100
    assert_backprop_is_right(network, x, CrossEntropy(clip=0.1), CLASSES, assert_gradients_agree)


LOSSES = {
    "classes": (CrossEntropy(), CLASSES),
    "soft targets": (CrossEntropy(), np.random.default_rng(0).dirichlet(np.ones(3), len(CLASSES))),
    "clipped": (CrossEntropy(clip=0.1), CLASSES),
    "sum of squares": (SumOfSquares(), np.eye(3)[CLASSES]),
}


@pytest.mark.parametrize(("loss", "targets"), LOSSES.values(), ids=LOSSES)
def test_mlp_under_every_loss(loss, targets, assert_gradients_agree):
    network, x = clear_of_kinks(MLP([6, 5], "tanh"), bn=True, dropout=0.3)
    assert_backprop_is_right(network, x, loss, targets, assert_gradients_agree)


def test_softmax_regression_of_experiment_e3(assert_gradients_agree):
    """A 2 × 3 weight matrix through softmax cross-entropy, whose gradient is also xᵀ (p - t) on paper."""
    network = Network(MLP([]).layers(3, bn=False, dropout=0), (2,), np.float64)
    w = network.parameters["dense1.W"]
    w[...] = [[0.47355232, 0.9977393, 0.84668094], [0.85557411, 0.03563661, 0.69422093]]
    x, t = np.array([[0.6, 0.9]]), np.array([2])
    assert_backprop_is_right(network, x, CrossEntropy(), t, assert_gradients_agree)
    e = np.exp(x @ w)
    np.testing.assert_allclose(network.gradients["dense1.W"], x.T @ (e / e.sum() - [0, 0, 1]), rtol=1e-13)


def test_experiment_e6_the_bias_behind_batch_normalization_gets_no_gradient():
    network, x = clear_of_kinks(MLP([6, 5]), bn=True, dropout=0.0)
    outputs = network.forward(x, Mode.TRAIN)
    network.backward(np.random.default_rng(0).standard_normal(outputs.shape))
    np.testing.assert_array_equal(network.gradients["dense1.b"], 0)
    np.testing.assert_array_equal(network.gradients["dense2.b"], 0)
    assert (network.gradients["dense3.b"] != 0).all()

"""What every layer owes its network, whatever it computes."""

import importlib
import pkgutil

import numpy as np
import pytest

import zerosweep.nn
from zerosweep.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from zerosweep.nn.batchnorm import BatchNorm, BatchNorm2D
from zerosweep.nn.conv import Conv2D, Images
from zerosweep.nn.conv_pool import ConvPool
from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Activation, Layer, Mode
from zerosweep.nn.network import Network
from zerosweep.nn.pooling import MaxPool2D

ROWS = 5
LAYERS = {
    "dense": (lambda: Dense(3), (4,)),
    "dense, one unit": (lambda: Dense(1), (4,)),
    "flatten": (Flatten, (2, 3)),
    "flatten of rows": (Flatten, (6,)),
    "batchnorm": (BatchNorm, (4,)),
    "batchnorm, large epsilon": (lambda: BatchNorm(epsilon=0.5), (4,)),
    "batchnorm without a scale": (lambda: BatchNorm(affine=False), (4,)),
    "dropout": (lambda: Dropout(0.4), (6,)),
    "dropout scaled at test": (lambda: Dropout(0.4, "test"), (6,)),
    "dropout of images": (lambda: Dropout(0.4), (2, 3)),
    "no dropout": (lambda: Dropout(0.0), (6,)),
    "relu": (ReLU, (6,)),
    "relu of images": (ReLU, (2, 3)),
    "leaky_relu": (LeakyReLU, (6,)),
    "leaky_relu, steep": (lambda: LeakyReLU(0.7), (6,)),
    "relu of channels": (ReLU, (3, 2, 2)),
    "dropout of channels": (lambda: Dropout(0.4), (3, 2, 2)),
    "flatten of channels": (Flatten, (3, 2, 4)),
    "images": (Images, (2, 3, 4)),
    "conv": (lambda: Conv2D(4, 3), (2, 5, 6)),
    "conv, one channel": (lambda: Conv2D(2, 3), (1, 4, 4)),
    "conv, one pixel left": (lambda: Conv2D(2, 3), (2, 3, 3)),
    "conv, kernel of one pixel": (lambda: Conv2D(2, 1), (3, 2, 2)),
    "conv, even": (lambda: Conv2D(2, 2, even=True), (2, 4, 5)),
    "conv and pool": (lambda: ConvPool(3, 2, bn=False), (2, 5, 7)),
    "conv and pool, odd": (lambda: ConvPool(3, 3, bn=False), (2, 5, 6)),
    "conv, batchnorm and pool": (lambda: ConvPool(3, 2, bn=True), (2, 5, 7)),
    "conv, batchnorm and pool, odd": (lambda: ConvPool(3, 3, bn=True, epsilon=0.5), (2, 5, 5)),
    "conv, batchnorm without a scale and pool": (lambda: ConvPool(3, 2, bn=True, affine=False), (2, 5, 7)),
    "maxpool": (MaxPool2D, (3, 4, 6)),
    "maxpool, odd": (MaxPool2D, (2, 5, 3)),
    "batchnorm of channels": (BatchNorm2D, (3, 2, 4)),
    "batchnorm of channels, large epsilon": (lambda: BatchNorm2D(epsilon=0.5), (2, 3, 3)),
    "sigmoid": (Sigmoid, (6,)),
    "tanh": (Tanh, (6,)),
}
every_layer = pytest.mark.parametrize(("make", "input_shape"), LAYERS.values(), ids=LAYERS)


def rows_clear_of_kinks(input_shape: tuple[int, ...], dtype=np.float64, rows: int = ROWS) -> np.ndarray:
    """Numbers of both signs whose distance from 0, where relu has its kink, is at least 0.1."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0.1, 2, (rows, *input_shape)) * rng.choice([-1, 1], (rows, *input_shape))
    return x.astype(dtype)


def kinds_of(base: type[Layer]) -> set[type[Layer]]:
    return {kind for direct in base.__subclasses__() for kind in (direct, *kinds_of(direct))}


def test_no_layer_is_left_out_here():
    for module in pkgutil.iter_modules(zerosweep.nn.__path__, "zerosweep.nn."):
        importlib.import_module(module.name)
    ours = {kind for kind in kinds_of(Layer) if kind.__module__.startswith("zerosweep.nn.")} - {Activation}
    assert ours - {type(make()) for make, _ in LAYERS.values()} == set()


@every_layer
def test_gradients_agree_with_central_differences(make, input_shape, assert_layer_gradients_agree):
    assert_layer_gradients_agree(make(), rows_clear_of_kinks(input_shape))


@every_layer
def test_output_has_the_promised_shape(make, input_shape, alone):
    network = alone(make(), input_shape)
    outputs = network.forward(rows_clear_of_kinks(input_shape), Mode.TRAIN)
    assert outputs.shape == (ROWS, *network.output_shape)
    assert network.layers[0].backward(np.ones(outputs.shape)).shape == (ROWS, *input_shape)


@every_layer
def test_arguments_are_left_alone(make, input_shape, alone):
    network = alone(make(), input_shape)
    x = rows_clear_of_kinks(input_shape)
    x_before = x.copy()
    dy = np.random.default_rng(4).standard_normal(network.forward(x, Mode.TRAIN).shape)
    dy_before, theta_before = dy.copy(), network.theta.copy()
    network.layers[0].backward(dy)
    network.forward(x, Mode.EVALUATE)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(dy, dy_before)
    np.testing.assert_array_equal(network.theta, theta_before)


def after_a_forward_pass(network: Network) -> tuple[Network, Layer, np.ndarray]:
    """The network of one layer, the layer, and a gradient of its outputs."""
    outputs = network.forward(rows_clear_of_kinks(network.input_shape), Mode.TRAIN)
    return network, network.layers[0], np.random.default_rng(4).standard_normal(outputs.shape)


@every_layer
def test_a_second_backward_overwrites_the_first(make, input_shape, alone):
    network, layer, dy = after_a_forward_pass(alone(make(), input_shape))
    dx, gradient = layer.backward(dy).copy(), network.gradient.copy()
    np.testing.assert_array_equal(layer.backward(dy), dx)
    np.testing.assert_array_equal(network.gradient, gradient)


@every_layer
def test_parameters_have_the_same_gradient_where_no_dx_is_needed(make, input_shape, alone):
    network, layer, dy = after_a_forward_pass(alone(make(), input_shape))
    layer.backward(dy)
    gradient = network.gradient.copy()
    network.gradient[...] = np.nan
    layer.backward(dy, need_dx=False)
    np.testing.assert_array_equal(network.gradient, gradient)


@every_layer
@pytest.mark.parametrize("mode", [Mode.TRAIN, Mode.EVALUATE])
def test_float32_stays_float32_and_near_float64(make, input_shape, mode, alone):
    single, double = alone(make(), input_shape, np.float32), alone(make(), input_shape, np.float64)
    y32 = single.forward(rows_clear_of_kinks(input_shape, np.float32), mode)
    y64 = double.forward(rows_clear_of_kinks(input_shape), mode)
    assert y32.dtype == np.float32
    np.testing.assert_allclose(y32, y64, rtol=1e-5, atol=1e-5)
    if mode is Mode.TRAIN:
        dx32 = single.layers[0].backward(np.ones_like(y32))
        assert dx32.dtype == single.gradient.dtype == np.float32
        np.testing.assert_allclose(dx32, double.layers[0].backward(np.ones_like(y64)), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(single.gradient, double.gradient, rtol=1e-5, atol=1e-5)


@every_layer
def test_at_evaluation_a_row_does_not_depend_on_its_neighbours(make, input_shape, alone):
    network = alone(make(), input_shape)
    x = rows_clear_of_kinks(input_shape)
    together = network.forward(x, Mode.EVALUATE).copy()
    one_by_one = [network.forward(x[i : i + 1], Mode.EVALUATE)[0].copy() for i in range(ROWS)]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-14, atol=1e-14)


@every_layer
def test_batches_of_different_sizes_do_not_get_mixed_up(make, input_shape, alone):
    """Sizes alternate, as with a last, smaller batch of an epoch: each must come out as in a network that saw no other."""
    shared = alone(make(), input_shape)
    for rows in (5, 2, 5, 1, 2):
        fresh = alone(make(), input_shape)
        fresh.layers[0].rng, shared.layers[0].rng = np.random.default_rng(rows), np.random.default_rng(rows)
        x = rows_clear_of_kinks(input_shape, rows=rows)
        y = shared.forward(x, Mode.TRAIN)
        np.testing.assert_array_equal(y, fresh.forward(x, Mode.TRAIN))
        dy = np.random.default_rng(4).standard_normal(y.shape)
        np.testing.assert_array_equal(shared.layers[0].backward(dy), fresh.layers[0].backward(dy))
        np.testing.assert_array_equal(shared.gradient, fresh.gradient)

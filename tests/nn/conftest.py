"""What the tests of layers share: one layer in a network of its own, and its gradients against central differences."""

from collections.abc import Callable

import numpy as np
import pytest

from zerosweep.nn.batchnorm import BatchNorm2D
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.conv_pool import ConvPool
from zerosweep.nn.gradcheck import numerical_gradient
from zerosweep.nn.layer import Activation, Layer, Mode
from zerosweep.nn.network import Network
from zerosweep.nn.pooling import MaxPool2D


def one_layer_network(layer: Layer, input_shape: tuple[int, ...], dtype=np.float64) -> Network:
    """`layer` in a network of its own with random parameters, so that no γ is 1 and no β is 0 by chance."""
    network = Network([layer], input_shape, dtype, lambda name: np.random.default_rng(7))
    network.theta[...] = np.random.default_rng(8).standard_normal(network.theta.size)
    return network


def gradients_agree(backprop: np.ndarray, numerical: np.ndarray) -> None:
    """Central differences in float64 are good to about 1e-10 of the loss, so 1e-7 of the largest gradient leaves room
    and still finds any wrong term."""
    scale = max(float(np.abs(numerical).max(initial=0)), 1e-3)
    np.testing.assert_allclose(backprop, numerical, rtol=0, atol=1e-7 * scale)


def layer_gradients_agree(layer: Layer, x: np.ndarray) -> None:
    """dx and every parameter's gradient of L = Σ r y, with random r, against central differences of L."""
    network = one_layer_network(layer, x.shape[1:])
    outputs = network.forward(x, Mode.TRAIN)
    r = np.random.default_rng(9).standard_normal(outputs.shape)
    dx = layer.backward(r).copy()

    def loss() -> float:
        return float(np.sum(r * network.forward(x, Mode.REPLAY)))

    gradients_agree(dx.ravel(), numerical_gradient(loss, x.reshape(-1), np.empty(x.size)))
    gradients_agree(network.gradient, numerical_gradient(loss, network.theta, np.empty_like(network.theta)))


def in_plain_layers(layers: list[Layer]) -> list[Layer]:
    """Each ConvPool, with the activation behind it, if any, as E2 has it: convolution, batch normalization, activation, pool."""
    plain: list[Layer] = []
    for layer in layers:
        if isinstance(layer, ConvPool):
            plain.append(Conv2D(layer.filters, layer.kernel))
            plain += [BatchNorm2D(layer.epsilon, layer.momentum)] if layer.bn else []
            plain.append(MaxPool2D())
        elif isinstance(layer, Activation) and plain and isinstance(plain[-1], MaxPool2D):
            plain.insert(-1, layer)
        else:
            plain.append(layer)
    return plain


def plain_name(name: str) -> str:
    """Of a parameter or a statistic of ConvPool, its name in the plain layers."""
    kind = "conv2d" if name.endswith((".W", ".b")) else "batchnorm2d"
    return name.replace("convpool", kind)


@pytest.fixture(scope="session")
def alone() -> Callable[..., Network]:
    return one_layer_network


@pytest.fixture(scope="session")
def assert_gradients_agree() -> Callable[[np.ndarray, np.ndarray], None]:
    return gradients_agree


@pytest.fixture(scope="session")
def assert_layer_gradients_agree() -> Callable[[Layer, np.ndarray], None]:
    return layer_gradients_agree

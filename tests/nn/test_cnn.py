"""The layers that a CNN lays out, and what it refuses."""

import numpy as np
import pytest

from zerosweep.errors import SettingError
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.nn.batchnorm import BatchNorm, BatchNorm2D
from zerosweep.nn.cnn import CNN
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Activation, Layer, Mode
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.nn.pooling import MaxPool2D


def kinds(layers) -> list[str]:
    return [type(layer).__name__ for layer in layers]


@pytest.mark.parametrize(
    ("bn", "dropout", "stage"),
    [
        (False, 0.0, ["Conv2D", "MaxPool2D", "ReLU"]),
        (True, 0.0, ["Conv2D", "BatchNorm2D", "MaxPool2D", "ReLU"]),
        (True, 0.2, ["Conv2D", "BatchNorm2D", "MaxPool2D", "ReLU", "Dropout"]),
    ],
)
def test_order_of_layers(bn, dropout, stage):
    assert kinds(CNN().layers(10, bn, dropout)) == ["Images", *stage, *stage, "Flatten", "Dense"]


def test_the_default_is_the_network_of_experiment_e2():
    network = Network(CNN().layers(10, bn=True, dropout=0), (784,))
    shapes = {name: parameter.shape for name, parameter in network.parameters.items() if name.endswith("W")}
    assert shapes == {"conv2d1.W": (32, 1, 3, 3), "conv2d2.W": (64, 32, 3, 3), "dense1.W": (1600, 10)}


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_pooling_before_the_activation_is_pooling_after_it(activation, bn):
    """With the whole output of the convolutions, as E2 has it: the same outputs and the same gradient."""
    ours = CNN([3, 4], 3, activation).layers(5, bn, dropout=0)
    published: list[Layer] = []
    for layer in CNN([3, 4], 3, activation).layers(5, bn, dropout=0):
        if isinstance(layer, Activation):
            published.insert(-1, layer)
            continue
        if isinstance(layer, Conv2D):
            layer.even = False
        published.append(layer)
    assert kinds(published)[2 + bn : 4 + bn] == [ACTIVATIONS[activation].__name__, "MaxPool2D"]
    one, other = Network(ours, (169,), np.float64), Network(published, (169,), np.float64)
    one.theta[...] = other.theta[...] = np.random.default_rng(0).standard_normal(one.theta.size)
    x, d = np.random.default_rng(1).standard_normal((4, 169)), np.random.default_rng(2).standard_normal((4, 5))
    np.testing.assert_allclose(one.forward(x, Mode.TRAIN), other.forward(x, Mode.TRAIN), rtol=1e-11, atol=1e-11)
    one.backward(d)
    other.backward(d)
    np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-9, atol=1e-9)


def test_settings_reach_the_layers():
    layers = CNN([4], 5, "leaky_relu", 0.3, 0.01).layers(2, bn=True, dropout=0.25)
    by_kind = {type(layer): layer for layer in layers}
    assert (by_kind[Conv2D].kernel, by_kind[Conv2D].filters, by_kind[BatchNorm2D].epsilon) == (5, 4, 0.01)
    assert by_kind[Dropout].rate == 0.25
    assert layers[4].slope == 0.3


def test_the_epsilon_of_batch_normalization_is_a_setting_of_the_mlp_too():
    (layer,) = [each for each in MLP([4], bn_epsilon=0.5).layers(2, True, 0) if isinstance(each, BatchNorm)]
    assert layer.epsilon == 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": []}, r"^channels=\[\]: must have one stage at least"),
        ({"channels": [32, 0]}, r"^channels=\[32, 0\]: must be >= 1$"),
        ({"kernel": 0}, "^kernel=0: must be >= 1$"),
        ({"bn_epsilon": 0}, "^bn_epsilon=0: must be > 0$"),
        ({"activation": "relo"}, "^activation=relo: must be one of relu, .*; did you mean relu"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        CNN(**settings)


@pytest.mark.parametrize(
    ("model", "pixels", "message"),
    [
        (CNN(), 64, r"8×8 pixels \(8 → 6 → 3 → 1 → 0 wide\); must be 1 stage at most, as in model.channels=\[32\]$"),
        (CNN([4] * 4), 784, r"^channels=\[4, 4, 4, 4\]: .* must be 3 stages at most, as in model.channels=\[4,4,4\]$"),
        (CNN([1, 2], kernel=9), 64, r"^kernel=9: leaves nothing of 8×8 pixels .*; must be <= 7$"),
        (CNN([1], kernel=8), 64, r"^kernel=8: leaves nothing of 8×8 pixels .*; must be <= 7$"),
        (CNN(), 65, "needs square images"),
    ],
)
def test_images_without_room_are_refused(model, pixels, message):
    with pytest.raises(SettingError, match=message):
        model.check_inputs(pixels)


@pytest.mark.parametrize(("model", "pixels"), [(CNN(), 784), (CNN([4]), 64), (CNN([4], kernel=7), 64), (CNN(), 100)])
def test_what_is_not_refused_can_be_built(model, pixels):
    model.check_inputs(pixels)
    assert Network(model.layers(3, False, 0), (pixels,)).output_shape == (3,)
    assert any(isinstance(layer, MaxPool2D) for layer in model.layers(3, False, 0))


def test_evaluation_takes_fewer_rows_at_once_where_images_are_large():
    cnn, mlp = (Network(model.layers(10, False, 0), (784,)) for model in (CNN(), MLP()))
    assert (mlp.chunk, cnn.chunk) == (1000, 115)

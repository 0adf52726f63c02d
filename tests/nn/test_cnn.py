"""The layers that a CNN lays out, and what it refuses."""

import numpy as np
import pytest
from tests.nn.conftest import in_plain_layers, plain_name

from zerosweep.errors import SettingError
from zerosweep.nn.activations import ACTIVATIONS, LeakyReLU
from zerosweep.nn.batchnorm import BatchNorm
from zerosweep.nn.cnn import CNN
from zerosweep.nn.conv_pool import ConvPool
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Mode
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network


def kinds(layers) -> list[str]:
    return [type(layer).__name__ for layer in layers]


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize(("dropout", "stage"), [(0.0, ["ConvPool", "ReLU"]), (0.2, ["ConvPool", "ReLU", "Dropout"])])
def test_order_of_layers(bn, dropout, stage):
    layers = CNN().layers(10, bn, dropout)
    assert kinds(layers) == ["Images", *stage, *stage, "Flatten", "Dense"]
    assert [layer.bn for layer in layers if isinstance(layer, ConvPool)] == [bn, bn]


def test_the_default_is_the_network_of_experiment_e2():
    network = Network(CNN().layers(10, bn=True, dropout=0), (1, 28, 28))
    shapes = {name: parameter.shape for name, parameter in network.parameters.items() if name.endswith("W")}
    assert shapes == {"convpool1.W": (32, 1, 3, 3), "convpool2.W": (64, 32, 3, 3), "dense1.W": (1600, 10)}


@pytest.mark.parametrize("shape", [(1, 13, 13), (1, 14, 14), (3, 13, 14)], ids=["odd", "even", "colour, oblong"])
@pytest.mark.parametrize("bn", [False, True], ids=["", "bn"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_computes_what_the_plain_layers_of_experiment_e2_do(activation, bn, shape):
    """Outputs, gradients and running statistics, in training and at evaluation, with γ of both signs."""
    model = CNN([3, 4], 3, activation)
    ours = Network(model.layers(5, bn, dropout=0), shape, np.float64)
    plain = Network(in_plain_layers(model.layers(5, bn, dropout=0)), shape, np.float64)
    stage = ["Conv2D", *["BatchNorm2D"] * bn, ACTIVATIONS[activation].__name__, "MaxPool2D"]
    assert kinds(plain.layers) == ["Images", *stage, *stage, "Flatten", "Dense"]
    rng = np.random.default_rng(0)
    for name, value in ours.parameters.items():
        stays_zero = bn and name.startswith("conv") and name.endswith(".b")
        value[...] = 0 if stays_zero else rng.standard_normal(value.shape)
        plain.parameters[plain_name(name)][...] = value
    for _ in range(2):
        x, d = 3 + rng.standard_normal((4, *shape)), rng.standard_normal((4, 5))
        for mode in (Mode.EVALUATE, Mode.TRAIN):
            outputs, expected = ours.forward(x, mode), plain.forward(x, mode)
            np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-10)
        ours.backward(d)
        plain.backward(d)
        for name, gradient in ours.gradients.items():
            np.testing.assert_allclose(gradient, plain.gradients[plain_name(name)], rtol=1e-9, atol=1e-9)
        for name, value in ours.state().items():
            np.testing.assert_allclose(value, plain.state()[plain_name(name)], rtol=1e-12, atol=1e-12)


def test_equal_numbers_of_a_square_are_as_in_the_plain_layers():
    """Images of few levels and kernels of whole numbers: most squares have ties."""
    ours, plain = ConvPool(2, 2, bn=False), in_plain_layers([ConvPool(2, 2, bn=False)])
    networks = [Network(layers, (1, 7, 7), np.float64) for layers in ([ours], plain)]
    rng = np.random.default_rng(0)
    x, w, dy = (
        rng.integers(0, 2, (3, 1, 7, 7)).astype(float),
        rng.integers(-1, 2, (2, 1, 2, 2)),
        rng.random((3, 2, 3, 3)),
    )
    for network, name in zip(networks, ("convpool1.W", "conv2d1.W"), strict=True):
        network.parameters[name][...] = w
        network.forward(x, Mode.TRAIN)
    pooled = plain[-1].backward(dy)
    np.testing.assert_allclose(ours.backward(dy), plain[0].backward(pooled), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(*(network.gradient for network in networks), rtol=1e-13, atol=1e-13)


def test_far_off_means_cost_float32_little():
    """A variance as the mean of squares less the square of the mean would lose all its digits."""
    outputs = []
    for dtype, shift in ((np.float64, 0), (np.float32, 1000)):
        network = Network([ConvPool(2, 1, bn=True)], (1, 8, 8), dtype)
        network.parameters["convpool1.W"][...] = 1
        network.parameters["convpool1.gamma"][...] = 1
        x = np.random.default_rng(0).standard_normal((20, 1, 8, 8)) + shift
        outputs.append(network.forward(x.astype(dtype), Mode.TRAIN))
    np.testing.assert_allclose(*outputs, atol=5e-4)  # the spacing of float32 at 1,000 is 6e-5


def test_settings_reach_the_layers():
    layers = CNN([4], 5, "leaky_relu", 0.3, 0.01).layers(2, bn=True, dropout=0.25)
    by_kind = {type(layer): layer for layer in layers}
    assert (by_kind[ConvPool].kernel, by_kind[ConvPool].filters, by_kind[ConvPool].epsilon) == (5, 4, 0.01)
    assert by_kind[Dropout].rate == 0.25
    assert by_kind[LeakyReLU].slope == 0.3


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
    ("model", "shape", "message"),
    [
        (
            CNN(),
            (1, 8, 8),
            r"8×8 pixels \(8 → 6 → 3 → 1 → 0 wide\); must be 1 stage at most, as in model.channels=\[32\]$",
        ),
        (
            CNN([4] * 4),
            (1, 28, 28),
            r"^channels=\[4, 4, 4, 4\]: .* must be 3 stages at most, as in model.channels=\[4,4,4\]$",
        ),
        (CNN([1, 2], kernel=9), (1, 8, 8), r"^kernel=9: leaves nothing of 8×8 pixels .*; must be <= 7$"),
        (CNN([1], kernel=8), (1, 8, 8), r"^kernel=8: leaves nothing of 8×8 pixels .*; must be <= 7$"),
        (CNN(), (3, 8, 28), r"leave nothing of 8×28 pixels \(8 → 6 → 3 → 1 → 0 high\); must be 1 stage at most"),
        (CNN(), (3, 28, 8), r"leave nothing of 28×8 pixels \(8 → 6 → 3 → 1 → 0 wide\); must be 1 stage at most"),
        (CNN(), (64,), "^channels=.*: a CNN needs images, and a row of these data is 64 features"),
    ],
)
def test_images_without_room_are_refused(model, shape, message):
    with pytest.raises(SettingError, match=message):
        model.check_inputs(shape)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (CNN(), (1, 28, 28)),
        (CNN([4]), (3, 8, 8)),
        (CNN([4], kernel=7), (1, 8, 8)),
        (CNN(), (2, 10, 30)),
    ],
)
def test_what_is_not_refused_can_be_built(model, shape):
    model.check_inputs(shape)
    assert Network(model.layers(3, False, 0), shape).output_shape == (3,)


def test_evaluation_takes_fewer_rows_at_once_where_images_are_large():
    cnn, mlp = (Network(model.layers(10, False, 0), (1, 28, 28)) for model in (CNN(), MLP()))
    assert (mlp.chunk, cnn.chunk) == (1000, 100)

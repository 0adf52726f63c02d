"""The layers that an MLP lays out."""

import math

import pytest

from zerosweep.errors import SettingError
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.nn.dense import Dense
from zerosweep.nn.mlp import MLP


def kinds(layers) -> list[str]:
    return [type(layer).__name__ for layer in layers]


@pytest.mark.parametrize(
    ("bn", "dropout", "hidden"),
    [
        (False, 0.0, ["Dense", "ReLU"]),
        (True, 0.0, ["Dense", "BatchNorm", "ReLU"]),
        (False, 0.2, ["Dense", "ReLU", "Dropout"]),
        (True, 0.2, ["Dense", "BatchNorm", "ReLU", "Dropout"]),
    ],
)
def test_order_of_layers(bn, dropout, hidden):
    assert kinds(MLP([4, 3]).layers(2, bn, dropout)) == ["Flatten", *hidden, *hidden, "Dense"]


def test_units_and_classes():
    dense = [layer for layer in MLP([4, 3]).layers(2, bn=False, dropout=0) if isinstance(layer, Dense)]
    assert [layer.units for layer in dense] == [4, 3, 2]


@pytest.mark.parametrize("bn", [True, False])
def test_only_a_bias_that_meets_batch_normalization_is_absorbed(bn):
    dense = [layer for layer in MLP([4, 3]).layers(2, bn, dropout=0) if isinstance(layer, Dense)]
    assert [layer.bias_absorbed for layer in dense] == [bn, bn, False]


def test_a_bias_may_be_computed_in_front_of_batch_normalization_too():
    dense = [layer for layer in MLP([4, 3], absorb_bias=False).layers(2, True, dropout=0) if isinstance(layer, Dense)]
    assert [layer.bias_absorbed for layer in dense] == [False, False, False]


def test_no_hidden_layer_is_softmax_regression():
    assert kinds(MLP([]).layers(2, bn=True, dropout=0.5)) == ["Flatten", "Dense"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_its_name(activation):
    layers = MLP([4], activation).layers(2, bn=False, dropout=0)
    assert type(layers[2]) is ACTIVATIONS[activation]


def test_settings_reach_the_layers():
    layers = MLP([4], "leaky_relu", slope=0.3).layers(2, bn=False, dropout=0.25)
    assert layers[2].slope == 0.3
    assert layers[3].rate == 0.25


def test_layers_are_fresh_each_time():
    model = MLP([4])
    assert not set(model.layers(2, False, 0)) & set(model.layers(2, False, 0))


def test_the_default_is_the_network_of_experiment_e1():
    assert (MLP().hidden, MLP().activation) == ([100] * 5, "relu")
    MLP().hidden.append(1)
    assert MLP().hidden == [100] * 5  # a default that is a list belongs to nobody


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": [100, 0]}, r"^hidden=\[100, 0\]: must be >= 1$"),
        ({"slope": 0}, "^slope=0: must be > 0 and < 1$"),
        ({"slope": 1}, "^slope=1: must be > 0 and < 1$"),
        ({"slope": math.nan}, "^slope=nan: must be > 0 and < 1$"),
        ({"activation": "sigmod"}, "^activation=sigmod: must be one of relu, .*; did you mean sigmoid"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        MLP(**settings)

"""What a network has learnt: given out by name, taken back, and refused where it belongs to another network."""

import numpy as np
import pytest

from zerosweep.nn.layer import Mode
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network

X = np.random.default_rng(0).standard_normal((6, 4))


def trained(hidden: list[int], classes: int = 3, bn: bool = True, seed: int = 0) -> Network:
    """A network with random parameters whose running statistics have seen a batch."""
    network = Network(MLP(hidden).layers(classes, bn, 0.0), (4,), np.float64)
    network.theta[...] = np.random.default_rng(seed).standard_normal(network.theta.size)
    network.forward(X, Mode.TRAIN)
    return network


def test_a_network_that_loads_the_state_of_another_computes_the_same():
    one, other = trained([5, 3], seed=1), trained([5, 3], seed=2)
    expected = one.forward(X, Mode.EVALUATE).copy()
    assert (other.forward(X, Mode.EVALUATE) != expected).any()
    other.load({name: value.copy() for name, value in one.state().items()})
    np.testing.assert_array_equal(other.forward(X, Mode.EVALUATE), expected)
    np.testing.assert_array_equal(other.theta, one.theta)


def test_state_names_parameters_and_running_statistics():
    names = ["dense1.W", "dense2.W", "dense1.b", "batchnorm1.gamma", "batchnorm1.beta", "dense2.b"]
    assert list(trained([5]).state()) == [*names, "batchnorm1.running_mean", "batchnorm1.running_variance"]
    assert list(trained([5], bn=False).state()) == ["dense1.W", "dense2.W", "dense1.b", "dense2.b"]


def test_state_is_made_of_views():
    network = trained([5])
    state = network.state()
    network.theta[...] = 4
    network.layers[2].running_mean[...] = 4
    np.testing.assert_array_equal(state["dense2.b"], 4)
    np.testing.assert_array_equal(state["batchnorm1.running_mean"], 4)


def test_loading_copies():
    one, other = trained([5], seed=1), trained([5], seed=2)
    other.load(one.state())
    expected = other.theta.copy()
    one.theta[...] = 0
    np.testing.assert_array_equal(other.theta, expected)


STRANGERS = {
    "deeper": trained([5, 5], seed=1),
    "shallower": trained([], bn=False, seed=1),
    "without batch normalization": trained([5], bn=False, seed=1),
    "wider": trained([6], seed=1),
    "more classes": trained([5], classes=4, seed=1),
    "one unit, which would broadcast": trained([1], seed=1),
    "one class, which would broadcast": trained([5], classes=1, seed=1),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_the_weights_of_another_network_are_refused_and_nothing_changes(stranger):
    network = trained([5])
    before = {name: value.copy() for name, value in network.state().items()}
    with pytest.raises(ValueError, match="another network"):
        network.load(stranger.state())
    for name, value in network.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_the_refusal_names_what_differs():
    with pytest.raises(ValueError, match=r"another network.*batchnorm1\.gamma"):
        trained([5]).load(trained([5], bn=False).state())

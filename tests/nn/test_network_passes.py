"""Forward and backward through several layers, by hand and in any order of batches."""

import numpy as np
import pytest

from zerosweep.nn.activations import ReLU
from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.initializers import He
from zerosweep.nn.layer import Mode
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.randomness import generator


def mlp(bn: bool = True, dropout: float = 0.3, seed: int = 0, dtype=np.float32) -> Network:
    def named(name: str) -> np.random.Generator:
        return generator(seed, name)

    network = Network(MLP([8, 6]).layers(3, bn, dropout), (5,), dtype, named)
    network.initialize(He(), named)
    return network


def batch(rows: int, dtype=np.float32) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    return rng.standard_normal((rows, 5)).astype(dtype), rng.integers(0, 3, rows)


def step(network: Network, rows: int) -> float:
    """A training pass over a batch of so many rows; its gradient is in the network."""
    x, classes = batch(rows, network.dtype)
    outputs = network.forward(x, Mode.TRAIN)
    d_outputs = np.empty_like(outputs)
    loss = CrossEntropy().value_and_gradient(outputs, classes, d_outputs)
    network.backward(d_outputs)
    return loss


def test_two_layers_by_hand():
    """x = (1, 2): the hidden units are (1 - 4 + 1, 3 + 2 - 1) = (-2, 4), so only the second passes anything on."""
    network = Network([Dense(2), ReLU(), Dense(2)], (2,), np.float64)
    network.parameters["dense1.W"][...] = [[1, 3], [-2, 1]]
    network.parameters["dense1.b"][...] = [1, -1]
    network.parameters["dense2.W"][...] = [[5, 7], [0.5, -2]]
    network.parameters["dense2.b"][...] = [0, 10]
    np.testing.assert_array_equal(network.forward(np.array([[1.0, 2.0]]), Mode.TRAIN), [[2, 2]])
    network.backward(np.array([[3.0, -1.0]]))
    np.testing.assert_array_equal(network.gradients["dense2.W"], [[0, 0], [12, -4]])
    np.testing.assert_array_equal(network.gradients["dense2.b"], [3, -1])
    np.testing.assert_array_equal(network.gradients["dense1.W"], [[0, 3.5], [0, 7]])  # 3 · 0.5 + (-1)(-2) = 3.5
    np.testing.assert_array_equal(network.gradients["dense1.b"], [0, 3.5])


def test_hidden_gives_each_activation_and_its_outputs():
    network = Network([Flatten(), Dense(2), ReLU(), Dense(3), ReLU(), Dense(1)], (2,), np.float64)
    network.theta[...] = np.random.default_rng(0).standard_normal(network.theta.size)
    x = np.random.default_rng(1).standard_normal((4, 2))
    network.forward(x, Mode.EVALUATE)
    p = network.parameters
    first = np.maximum(x @ p["dense1.W"] + p["dense1.b"], 0)
    second = np.maximum(first @ p["dense2.W"] + p["dense2.b"], 0)
    names, activations, outputs = zip(*network.hidden(), strict=True)
    assert names == ("hidden1", "hidden2")
    assert activations == (network.layers[2], network.layers[4])
    np.testing.assert_allclose(outputs[0], first, rtol=1e-13)
    np.testing.assert_allclose(outputs[1], second, rtol=1e-13)


def test_same_seed_same_bits():
    one, other = mlp(seed=3), mlp(seed=3)
    for rows in (7, 7, 4, 7):
        assert step(one, rows) == step(other, rows)
        np.testing.assert_array_equal(one.gradient, other.gradient)
        one.theta -= 0.1 * one.gradient
        other.theta -= 0.1 * other.gradient
    assert one.theta.tobytes() == other.theta.tobytes()


def test_another_seed_starts_elsewhere():
    assert (mlp(seed=3).weights != mlp(seed=4).weights).all()


def test_batches_of_different_sizes_do_not_get_mixed_up():
    shared = mlp(dropout=0)
    for rows in (7, 3, 7, 1, 3):
        fresh = mlp(dropout=0)
        assert step(shared, rows) == step(fresh, rows)
        np.testing.assert_array_equal(shared.gradient, fresh.gradient)


def test_outputs_hold_while_batches_of_other_sizes_pass():
    network = mlp(dropout=0)
    outputs = network.forward(batch(7)[0], Mode.TRAIN)
    before = outputs.copy()
    network.forward(batch(3)[0], Mode.TRAIN)
    np.testing.assert_array_equal(outputs, before)


def test_evaluating_in_between_changes_nothing_in_training():
    watched, unwatched = mlp(), mlp()
    for _ in range(3):
        assert step(watched, 7) == step(unwatched, 7)
        watched.forward(batch(7)[0], Mode.EVALUATE)
        watched.forward(batch(20)[0], Mode.EVALUATE)
        for network in (watched, unwatched):
            network.theta -= np.float32(0.1) * network.gradient
    for name, value in watched.state().items():
        np.testing.assert_array_equal(value, unwatched.state()[name])


def test_evaluation_is_the_same_each_time():
    network = mlp()
    step(network, 7)
    x = batch(9)[0]
    first = network.forward(x, Mode.EVALUATE).copy()
    np.testing.assert_array_equal(network.forward(x, Mode.EVALUATE), first)


def test_backward_leaves_its_argument_and_the_parameters_alone():
    network = mlp()
    d_outputs = np.ones_like(network.forward(batch(7)[0], Mode.TRAIN))
    theta = network.theta.copy()
    network.backward(d_outputs)
    np.testing.assert_array_equal(d_outputs, 1)
    np.testing.assert_array_equal(network.theta, theta)


def test_images_and_their_rows_of_pixels_come_to_the_same():
    flat = mlp()
    image = Network(MLP([8, 6]).layers(3, bn=True, dropout=0.3), (1, 5), np.float32, lambda name: generator(0, name))
    image.theta[...] = flat.theta
    x = batch(4)[0]
    np.testing.assert_array_equal(image.forward(x[:, None, :], Mode.TRAIN), flat.forward(x, Mode.TRAIN))


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_hidden_units_are_dropped_at_the_rate_of_the_model(rate):
    network = Network(MLP([100]).layers(3, bn=False, dropout=rate), (5,), np.float64, lambda name: generator(0, name))
    network.parameters["dense1.b"][...] = 1  # every unit is on
    network.forward(np.zeros((500, 5)), Mode.TRAIN)
    network.backward(np.ones((500, 3)))
    # the gradient of an output weight sums 1 / (1 - rate) over the rows where its unit was kept
    kept = network.gradients["dense2.W"] * (1 - rate) / 500
    assert kept.mean() == pytest.approx(1 - rate, abs=5 * (rate * (1 - rate) / 50_000) ** 0.5)

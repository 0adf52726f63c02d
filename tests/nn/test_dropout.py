"""Dropout: its rate, its masks and where they come from."""

import numpy as np
import pytest

from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Mode
from zerosweep.nn.network import Network
from zerosweep.randomness import generator


def dropout(rate: float, units: int = 1000, seed: int = 0, dtype=np.float64) -> Network:
    return Network([Dropout(rate)], (units,), dtype, lambda name: generator(seed, name))


@pytest.mark.parametrize("rate", [0.0, 0.08, 0.15, 0.5, 0.9])
def test_the_rate_is_met(rate):
    y = dropout(rate).forward(np.ones((400, 1000)), Mode.TRAIN)
    standard_error = (rate * (1 - rate) / y.size) ** 0.5
    assert abs((y == 0).mean() - rate) <= 5 * standard_error


@pytest.mark.parametrize("bits", [np.random.SFC64, np.random.PCG64, np.random.Philox])
def test_the_rate_is_met_with_any_64_bit_generator(bits):
    network = Network([Dropout(0.3)], (1000,), np.float64, lambda name: np.random.Generator(bits(1)))
    assert (network.forward(np.ones((400, 1000)), Mode.TRAIN) == 0).mean() == pytest.approx(0.3, abs=0.005)


def test_units_are_dropped_independently_of_their_neighbours():
    """Four draws share one 64-bit word: the correlation at distances 1 to 4 must be noise."""
    dropped = (dropout(0.3).forward(np.ones((400, 1000)), Mode.TRAIN) == 0).ravel() - 0.3
    for distance in (1, 2, 3, 4, 1000):
        correlation = np.mean(dropped[:-distance] * dropped[distance:]) / (0.3 * 0.7)
        assert abs(correlation) < 5 / dropped.size**0.5


def test_what_is_kept_is_scaled_up():
    x = np.random.default_rng(0).uniform(1, 2, (10, 1000))
    y = dropout(0.2).forward(x, Mode.TRAIN)
    np.testing.assert_allclose(y[y != 0], x[y != 0] / 0.8)


def test_the_expectation_stays():
    y = dropout(0.4).forward(np.ones((400, 1000)), Mode.TRAIN)
    assert y.mean() == pytest.approx(1, abs=5 * (0.4 / 0.6 / y.size) ** 0.5)


def test_evaluation_drops_nothing():
    x = np.random.default_rng(0).standard_normal((10, 1000))
    np.testing.assert_array_equal(dropout(0.4).forward(x, Mode.EVALUATE), x)


def test_backward_drops_what_forward_dropped():
    network = dropout(0.4)
    y = network.forward(np.ones((10, 1000)), Mode.TRAIN).copy()
    dy = np.random.default_rng(0).uniform(1, 2, y.shape)
    np.testing.assert_array_equal(network.layers[0].backward(dy), dy * y)


def test_scaled_at_test_what_is_kept_stays_and_evaluation_multiplies():
    """The article of E5: x · mask in training, x · (1 - p) at test, dy · mask backwards."""
    x = np.random.default_rng(0).uniform(1, 2, (10, 1000))
    network = Network([Dropout(0.2, "test")], (1000,), np.float64, lambda name: generator(0, name))
    y = network.forward(x, Mode.TRAIN).copy()
    np.testing.assert_array_equal(y[y != 0], x[y != 0])
    np.testing.assert_array_equal(network.layers[0].backward(x), np.where(y != 0, x, 0))
    np.testing.assert_array_equal(y == 0, dropout(0.2).forward(x, Mode.TRAIN) == 0)
    np.testing.assert_allclose(network.forward(x, Mode.EVALUATE), x * 0.8)


def test_every_training_pass_draws_anew_and_a_replay_does_not():
    network, x = dropout(0.4), np.ones((10, 1000))
    first = network.forward(x, Mode.TRAIN).copy()
    np.testing.assert_array_equal(network.forward(x, Mode.REPLAY), first)
    second = network.forward(x, Mode.TRAIN).copy()
    # two independent masks agree on 0.4² + 0.6² = 0.52 of the units
    assert ((first == 0) == (second == 0)).mean() == pytest.approx(0.52, abs=0.03)


def test_a_replay_is_of_the_last_pass_over_as_many_rows():
    network = dropout(0.4)
    of_ten = network.forward(np.ones((10, 1000)), Mode.TRAIN).copy()
    of_three = network.forward(np.ones((3, 1000)), Mode.TRAIN).copy()
    np.testing.assert_array_equal(network.forward(np.ones((10, 1000)), Mode.REPLAY), of_ten)
    np.testing.assert_array_equal(network.forward(np.ones((3, 1000)), Mode.REPLAY), of_three)


def test_masks_are_a_function_of_the_seed_and_the_layer():
    x = np.ones((10, 1000))
    one = dropout(0.4, seed=1).forward(x, Mode.TRAIN).copy()
    np.testing.assert_array_equal(dropout(0.4, seed=1).forward(x, Mode.TRAIN), one)
    assert (dropout(0.4, seed=2).forward(x, Mode.TRAIN) != one).any()
    second = Network([Dropout(0.0), Dropout(0.4)], (1000,), np.float64, lambda name: generator(1, name))
    assert (second.forward(x, Mode.TRAIN) != one).any()


def test_masks_are_the_same_in_float32_and_float64():
    single = dropout(0.4, dtype=np.float32).forward(np.ones((10, 1000), np.float32), Mode.TRAIN)
    double = dropout(0.4).forward(np.ones((10, 1000)), Mode.TRAIN)
    np.testing.assert_array_equal(single == 0, double == 0)


def test_evaluation_uses_up_no_randomness():
    watched, plain, x = dropout(0.4), dropout(0.4), np.ones((10, 1000))
    watched.forward(x, Mode.EVALUATE)
    np.testing.assert_array_equal(watched.forward(x, Mode.TRAIN), plain.forward(x, Mode.TRAIN))


@pytest.mark.parametrize("units", [1, 2, 3, 5, 7])
def test_odd_sizes_are_drawn_in_full(units):
    network = dropout(0.5, units)
    kept = sum(network.forward(np.ones((1, units)), Mode.TRAIN) > 0 for _ in range(200))
    assert (np.abs(kept - 100) < 40).all()  # every unit, the last too, is kept about half of the time


def test_training_without_a_generator_is_refused():
    with pytest.raises(ValueError, match="dropout1 needs a random generator"):
        Network([Dropout(0.4)], (3,)).forward(np.ones((1, 3), np.float32), Mode.TRAIN)


def test_a_replay_before_any_training_pass_is_not_a_number():
    """There is no mask to replay, and a pass without dropout must not be taken for one."""
    assert np.isnan(dropout(0.5).forward(np.ones((3, 1000)), Mode.REPLAY)).all()

"""Batch normalization per channel: that of rows, with every pixel a row."""

import numpy as np
import pytest

from zerosweep.nn.batchnorm import BatchNorm, BatchNorm2D
from zerosweep.nn.layer import Mode
from zerosweep.nn.network import Network

CHANNELS = 3


def images(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(5, 2, (4, CHANNELS, 2, 5))


def as_pixels(of_images: np.ndarray) -> np.ndarray:
    """(N, C, H, W) -> (N·H·W, C)."""
    return of_images.transpose(0, 2, 3, 1).reshape(-1, CHANNELS)


@pytest.fixture
def both() -> tuple[Network, Network]:
    per_channel = Network([BatchNorm2D(epsilon=0.1)], (CHANNELS, 2, 5), np.float64)
    per_unit = Network([BatchNorm(epsilon=0.1)], (CHANNELS,), np.float64)
    for network in (per_channel, per_unit):
        network.theta[...] = np.random.default_rng(7).standard_normal(2 * CHANNELS)
    return per_channel, per_unit


def test_it_is_that_of_rows_with_every_pixel_a_row(both):
    per_channel, per_unit = both
    for seed in (0, 1):
        x, dy = images(seed), images(9 + seed)
        y, expected = per_channel.forward(x, Mode.TRAIN), per_unit.forward(as_pixels(x), Mode.TRAIN)
        np.testing.assert_allclose(as_pixels(y), expected, rtol=1e-12, atol=1e-12)
        dx, d_expected = per_channel.layers[0].backward(dy), per_unit.layers[0].backward(as_pixels(dy))
        np.testing.assert_allclose(as_pixels(dx), d_expected, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(per_channel.gradient, per_unit.gradient, rtol=1e-11, atol=1e-11)
    for name, running in per_unit.layers[0].statistics.items():
        np.testing.assert_allclose(per_channel.layers[0].statistics[name], running, rtol=1e-13)
    y, expected = (network.forward(x, Mode.EVALUATE) for network, x in zip(both, (x, as_pixels(x)), strict=True))
    np.testing.assert_allclose(as_pixels(y), expected, rtol=1e-12, atol=1e-12)


def test_running_statistics_by_hand():
    """Four pixels of a channel, 1, 5, 3 and 7: mean 4, biased variance 5."""
    layer = Network([BatchNorm2D(momentum=0.9)], (1, 1, 2), np.float64).layers[0]
    layer.forward(np.array([[[[1.0, 5.0]]], [[[3.0, 7.0]]]]), Mode.TRAIN)
    np.testing.assert_allclose([layer.running_mean[0], layer.running_variance[0]], [0.4, 0.9 + 0.5])


@pytest.mark.parametrize("mode", [Mode.REPLAY, Mode.EVALUATE])
def test_only_training_moves_the_running_statistics(both, mode):
    network = both[0]
    network.forward(images(0), Mode.TRAIN)
    before = {name: value.copy() for name, value in network.layers[0].statistics.items()}
    network.forward(10 + images(1), mode)
    for name, value in network.layers[0].statistics.items():
        np.testing.assert_array_equal(value, before[name])


def test_replay_uses_the_statistics_of_the_batch(both):
    trained = both[0].forward(images(0), Mode.TRAIN).copy()
    np.testing.assert_array_equal(both[0].forward(images(0), Mode.REPLAY), trained)


def test_a_far_off_mean_costs_float32_little():
    near = Network([BatchNorm2D()], (2, 8, 8), np.float64)
    far = Network([BatchNorm2D()], (2, 8, 8), np.float32)
    for network in (near, far):
        network.parameters["batchnorm2d1.gamma"][...] = 1
    x = np.random.default_rng(0).standard_normal((20, 2, 8, 8))
    expected = near.forward(x, Mode.TRAIN)
    np.testing.assert_allclose(far.forward((x + 1e4).astype(np.float32), Mode.TRAIN), expected, atol=5e-3)


def test_a_constant_channel_stays_finite():
    network = Network([BatchNorm2D()], (1, 2, 2), np.float64)
    network.parameters["batchnorm2d1.beta"][...] = 3
    np.testing.assert_allclose(network.forward(np.full((4, 1, 2, 2), 7.0), Mode.TRAIN), 3)
    assert np.isfinite(network.layers[0].backward(images(0)[:, :1, :, :2])).all()

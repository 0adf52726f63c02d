"""Batch normalization by hand, and its running statistics."""

import numpy as np
import pytest

from zerosweep.nn.batchnorm import BatchNorm
from zerosweep.nn.dense import Dense
from zerosweep.nn.layer import Mode
from zerosweep.nn.network import Network


def batchnorm(gamma, beta, dtype=np.float64, **settings) -> Network:
    network = Network([BatchNorm(**settings)], (len(gamma),), dtype)
    network.parameters["batchnorm1.gamma"][...] = gamma
    network.parameters["batchnorm1.beta"][...] = beta
    return network


def test_forward_by_hand():
    """Means (2, 9); deviations ±1, so σ² = 1 (2 if it were unbiased) and √(σ² + 3) = 2."""
    network = batchnorm([4, 10], [1, -2], epsilon=3)
    y = network.forward(np.array([[1.0, 10.0], [3.0, 8.0]]), Mode.TRAIN)
    np.testing.assert_allclose(y, [[4 * -0.5 + 1, 10 * 0.5 - 2], [4 * 0.5 + 1, 10 * -0.5 - 2]])


def test_forward_of_three_rows_by_hand():
    """Mean 3, deviations (-2, -1, 3), σ² = 14/3 and √(14/3 + 4/3) = √6."""
    y = batchnorm([6], [0.5], epsilon=4 / 3).forward(np.array([[1.0], [2.0], [6.0]]), Mode.TRAIN)
    np.testing.assert_allclose(y[:, 0], np.sqrt(6) * np.array([-2, -1, 3]) + 0.5)


def test_backward_by_hand():
    """x̂ = ∓1/2 and s = 4/2; dy = (1, 3) has the mean 2, and dγ = -1/2 + 3/2."""
    network = batchnorm([4], [1], epsilon=3)
    network.forward(np.array([[1.0], [3.0]]), Mode.TRAIN)
    dx = network.layers[0].backward(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(network.gradients["batchnorm1.beta"], [4])
    np.testing.assert_allclose(network.gradients["batchnorm1.gamma"], [1])
    np.testing.assert_allclose(dx, [[2 * (1 - 2 + 0.5 * 1 / 2)], [2 * (3 - 2 - 0.5 * 1 / 2)]])


def test_running_statistics_start_from_zero_and_one_and_follow_every_training_batch():
    layer = batchnorm([1], [0], momentum=0.9).layers[0]
    assert (layer.running_mean, layer.running_variance) == (0, 1)
    layer.forward(np.array([[1.0], [5.0]]), Mode.TRAIN)  # mean 3, biased variance 4
    np.testing.assert_allclose([layer.running_mean[0], layer.running_variance[0]], [0.3, 0.9 + 0.4])
    layer.forward(np.array([[2.0], [8.0]]), Mode.TRAIN)  # mean 5, biased variance 9
    np.testing.assert_allclose([layer.running_mean[0], layer.running_variance[0]], [0.27 + 0.5, 1.17 + 0.9])


def test_momentum_is_the_share_of_what_was_known():
    layer = batchnorm([1], [0], momentum=0.25).layers[0]
    layer.forward(np.array([[1.0], [5.0]]), Mode.TRAIN)
    np.testing.assert_allclose([layer.running_mean[0], layer.running_variance[0]], [0.75 * 3, 0.25 + 0.75 * 4])


def test_with_momentum_one_the_running_statistics_never_move_not_even_by_an_infinite_batch():
    layer = batchnorm([1], [0], momentum=1).layers[0]
    with np.errstate(all="ignore"):
        layer.forward(np.array([[1.0], [np.inf]]), Mode.TRAIN)
    assert (layer.running_mean, layer.running_variance) == (0, 1)


def test_without_gamma_and_beta_it_is_the_same_as_with_them_at_one_and_zero():
    x, dy = np.random.default_rng(0).standard_normal((2, 5, 3))
    fixed, trained = Network([BatchNorm(affine=False)], (3,), np.float64), batchnorm([1, 1, 1], [0, 0, 0])
    assert fixed.theta.size == 0
    for mode in (Mode.TRAIN, Mode.EVALUATE):
        np.testing.assert_array_equal(fixed.forward(x, mode), trained.forward(x, mode))
    for network in (fixed, trained):
        network.forward(x, Mode.TRAIN)
    np.testing.assert_array_equal(fixed.layers[0].backward(dy), trained.layers[0].backward(dy))


def test_evaluation_by_hand():
    """With running mean 2 and √(running variance + ε) = √(2 + 1/4) = 3/2, x = 5 is two deviations up."""
    network = batchnorm([3], [1], epsilon=0.25)
    network.layers[0].running_mean[...], network.layers[0].running_variance[...] = 2, 2
    np.testing.assert_allclose(network.forward(np.array([[5.0], [2.0], [-1.0]]), Mode.EVALUATE), [[7], [1], [-5]])


@pytest.mark.parametrize("mode", [Mode.REPLAY, Mode.EVALUATE])
def test_only_training_moves_the_running_statistics(mode):
    network = batchnorm([1, 1], [0, 0])
    x = np.random.default_rng(0).standard_normal((6, 2))
    network.forward(x, Mode.TRAIN)
    before = {name: value.copy() for name, value in network.layers[0].statistics.items()}
    network.forward(10 + x, mode)
    for name, value in network.layers[0].statistics.items():
        np.testing.assert_array_equal(value, before[name])


def test_replay_uses_the_statistics_of_the_batch():
    network = batchnorm([2, 3], [1, 0])
    x = np.random.default_rng(0).standard_normal((6, 2))
    trained = network.forward(x, Mode.TRAIN).copy()
    np.testing.assert_array_equal(network.forward(x, Mode.REPLAY), trained)


def test_outputs_have_mean_beta_and_deviation_gamma():
    network = batchnorm([2, 0.1], [5, -7], epsilon=1e-12)
    y = network.forward(3 + 10 * np.random.default_rng(0).standard_normal((50, 2)), Mode.TRAIN)
    np.testing.assert_allclose(y.mean(axis=0), [5, -7])
    np.testing.assert_allclose(y.std(axis=0), [2, 0.1])


def test_a_far_off_mean_costs_float32_little():
    """σ² as the mean of squares less the square of the mean would lose all its digits at a mean of 10⁴."""
    x = np.random.default_rng(0).standard_normal((100, 3))
    near = batchnorm([1, 1, 1], [0, 0, 0]).forward(x, Mode.TRAIN)
    far = batchnorm([1, 1, 1], [0, 0, 0], np.float32).forward((x + 1e4).astype(np.float32), Mode.TRAIN)
    np.testing.assert_allclose(far, near, atol=5e-3)  # the spacing of float32 at 10⁴ is 1e-3


def test_a_constant_column_stays_finite():
    network = batchnorm([2], [3])
    np.testing.assert_allclose(network.forward(np.full((4, 1), 7.0), Mode.TRAIN), 3)
    assert np.isfinite(network.layers[0].backward(np.arange(4.0)[:, None])).all()


def test_a_bias_before_it_changes_nothing():
    """What `Dense.bias_absorbed` relies on: experiment E6, finding (f)."""
    x = np.random.default_rng(0).standard_normal((5, 3))
    network = Network([Dense(4, bias_absorbed=True), BatchNorm()], (3,), np.float64)
    network.theta[...] = np.random.default_rng(1).standard_normal(network.theta.size)
    y = network.forward(x, Mode.TRAIN).copy()
    network.parameters["dense1.b"][...] += [1, -2, 30, 0.5]
    np.testing.assert_allclose(network.forward(x, Mode.TRAIN), y, rtol=1e-12, atol=1e-12)


def test_by_default_running_statistics_move_a_tenth_of_the_way():
    """From 0 and 1, after a batch with the mean 2 and the variance 9."""
    network = batchnorm([1.0], [0.0])
    network.forward(np.array([[-1.0], [5.0]]), Mode.TRAIN)
    state = network.state()
    np.testing.assert_allclose(state["batchnorm1.running_mean"], [0.2])
    np.testing.assert_allclose(state["batchnorm1.running_variance"], [0.9 + 0.9])

"""Diagnostics of hidden layers and updates, by hand and against NumPy over all rows at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from zerosweep.training.diagnostics import HiddenUnits, norm, update_metrics


@pytest.mark.parametrize("size", [3e-21, 1e-30, 1.0, 1e30])
def test_a_norm_has_all_digits_where_the_square_of_a_number_has_not(size):
    assert norm(np.full(100, size, np.float32)) == pytest.approx(10 * float(np.float32(size)), rel=1e-6)


def observed(activation, *chunks, name: str = "hidden1") -> dict[str, float]:
    units = HiddenUnits()
    for chunk in chunks:
        units.observe([(name, activation, np.asarray(chunk))])
    return units.metrics()


def test_a_unit_alive_for_one_row_of_any_chunk_is_not_dead():
    """Four units: alive in the first chunk, in the second, in both, in none."""
    first = [[0.0, 0.0, 1.0, 0.0], [2.0, 0.0, 0.0, 0.0]]
    second = [[0.0, 0.0, 0.0, 0.0], [0.0, 0.5, 3.0, 0.0]]

    assert observed(ReLU(), first)["dead/hidden1"] == 0.5
    assert observed(ReLU(), second)["dead/hidden1"] == 0.5
    assert observed(ReLU(), first, second)["dead/hidden1"] == 0.25


def test_a_relu_that_gives_zero_for_every_row_is_dead():
    assert observed(ReLU(), np.zeros((5, 3)))["dead/hidden1"] == 1
    assert observed(ReLU(), np.full((5, 3), 1e-30))["dead/hidden1"] == 0


def test_a_leaky_relu_is_never_dead():
    assert observed(LeakyReLU(), np.full((5, 3), -1.0))["dead/hidden1"] == 0


@pytest.mark.parametrize(("activation", "low"), [(Sigmoid(), 0.0), (Tanh(), -1.0)])
def test_a_unit_saturated_at_either_end_for_every_row_is_dead(activation, low):
    """Columns: always at the low end, always at the high end, now here now there, once in between."""
    y = np.array([[low, 1.0, low, 1.0], [low, 1.0, 1.0, 0.4]])

    assert observed(activation, y)["dead/hidden1"] == 0.75


@pytest.mark.parametrize(
    ("activation", "y_alive", "y_dead"),
    [
        (Sigmoid(), 1 - 2e-6, 1 - 1e-7),  # y (1 - y) is about 2e-6 and 1e-7; the threshold is 1e-6
        (Sigmoid(), 2e-6, 1e-7),
        (Tanh(), 1 - 1e-6, 1 - 1e-7),  # 1 - y² is about 2e-6 and 2e-7
        (Tanh(), -1 + 1e-6, -1 + 1e-7),
    ],
)
def test_saturation_is_a_slope_below_a_millionth(activation, y_alive, y_dead):
    assert observed(activation, np.array([[y_alive, y_dead]]))["dead/hidden1"] == 0.5


def test_nan_is_no_sign_of_life():
    with np.errstate(invalid="ignore"):
        assert observed(ReLU(), np.array([[np.nan, 1.0]]))["dead/hidden1"] == 0.5


@given(
    seed=st.integers(0, 999),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    mean=st.floats(-100, 100),
    spread=st.floats(1e-3, 100),
)
def test_the_spread_over_chunks_equals_the_spread_of_all_rows(seed, sizes, mean, spread):
    rng = np.random.default_rng(seed)
    chunks = [mean + spread * rng.standard_normal((size, 4)) for size in sizes]

    found = observed(Tanh(), *chunks)["activation_std/hidden1"]

    assert found == pytest.approx(np.std(np.concatenate(chunks)), rel=1e-9)


@pytest.mark.parametrize("spread", [1e-2, 1e-4, 1e-6])
def test_a_spread_far_below_the_mean_is_not_lost_in_float32(spread):
    """A collapsed sigmoid layer, 0.5 ± a little: sums of y² would leave nothing of it."""
    rng = np.random.default_rng(0)
    chunks = [(0.5 + spread * rng.standard_normal((500, 100))).astype(np.float32) for _ in range(3)]
    exact = np.std(np.concatenate(chunks).astype(np.float64))

    assert observed(Sigmoid(), *chunks)["activation_std/hidden1"] == pytest.approx(exact, rel=1e-3)


def test_chunks_of_different_means_have_the_spread_between_them():
    """One chunk at 1, one at 3: the standard deviation of both together is 1."""
    chunks = np.full((10, 2), 1.0, np.float32), np.full((10, 2), 3.0, np.float32)

    assert observed(ReLU(), *chunks)["activation_std/hidden1"] == pytest.approx(1.0)


def test_the_signal_is_what_differs_from_row_to_row():
    """Units at 0 and 4 differ from each other, but each is 0.5 from its own mean; also over chunks."""
    first, second = np.array([[0.5, 4.5], [-0.5, 3.5]]), np.array([[0.5, 3.5]])

    assert observed(Tanh(), first)["signal/hidden1"] == pytest.approx(0.5)
    assert observed(Tanh(), first)["activation_std/hidden1"] == pytest.approx(math.sqrt(0.25 + 4))
    rows = np.concatenate([first, second])
    expected = np.sqrt(np.var(rows, axis=0).mean())
    assert observed(Tanh(), first, second)["signal/hidden1"] == pytest.approx(expected)


def test_a_signal_far_below_the_differences_between_units_is_not_lost_in_float32():
    """What five layers of sigmoids do to it: outputs from 0.3 to 0.7, the same for every row but for a millionth."""
    rng = np.random.default_rng(0)
    means = rng.uniform(0.3, 0.7, 50)
    y = (means + 1e-6 * rng.standard_normal((500, 50))).astype(np.float32)
    exact = np.sqrt(np.var(y.astype(np.float64), axis=0).mean())

    assert observed(Sigmoid(), y)["signal/hidden1"] == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(
    ("activation", "y"),
    [(Sigmoid(), [[0.009, 0.991], [0.011, 0.989]]), (Tanh(), [[-0.981, 0.981], [-0.979, 0.979]])],
    ids=["sigmoid", "tanh"],
)
def test_saturated_is_within_a_hundredth_of_the_range_from_a_bound(activation, y):
    assert observed(activation, y)["saturated/hidden1"] == 0.5
    assert observed(activation, y, [[0.5, 0.5]] * 2)["saturated/hidden1"] == 0.25


@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU()])
def test_a_relu_has_no_two_bounds(activation):
    assert "saturated/hidden1" not in observed(activation, np.zeros((5, 3)))


def test_a_constant_layer_has_no_spread():
    assert observed(Sigmoid(), np.full((7, 3), 0.1, np.float32))["activation_std/hidden1"] == pytest.approx(0, abs=1e-7)


def test_layers_are_told_apart_by_name():
    units = HiddenUnits()
    for _ in range(2):
        units.observe([("hidden1", ReLU(), np.zeros((4, 2))), ("hidden2", ReLU(), np.array([[1.0], [3.0]]))])

    assert units.metrics() == {
        "dead/hidden1": 1,
        "activation_std/hidden1": 0,
        "signal/hidden1": 0,
        "dead/hidden2": 0,
        "activation_std/hidden2": 1,
        "signal/hidden2": 1,
    }


def test_a_unit_of_images_is_a_filter_wherever_it_looks():
    """(N, C, H, W) = (2, 4, 1, 3): one filter passes something on, in one place of one image. The margin of images of digits
    is empty, so most filters are inactive there, and none is dead for it."""
    y = np.zeros((2, 4, 1, 3))
    y[1, 2, 0, 1] = 5.0

    metrics = observed(ReLU(), y)
    assert metrics["dead/hidden1"] == 0.75
    assert metrics["activation_std/hidden1"] == pytest.approx(y.std())


def test_observing_leaves_the_outputs_alone():
    y = np.array([[1.0, 2.0], [0.0, 4.0]], np.float32)
    kept = y.copy()
    observed(ReLU(), y)

    assert np.array_equal(y, kept)


def test_update_ratio_and_gradient_norm_by_hand():
    before, after = np.array([3.0, 4.0]), np.array([3.3, 3.6])

    metrics = update_metrics(np.array([6.0, -8.0]), before, after)

    assert metrics == {"gradient_norm": pytest.approx(10.0), "update_ratio": pytest.approx(0.5 / 5)}


def test_no_ratio_to_parameters_that_are_all_zero():
    metrics = update_metrics(np.array([1.0]), np.array([0.0]), np.array([2.0]))

    assert metrics == {"gradient_norm": 1.0}


def test_the_norm_of_large_float32_does_not_overflow():
    assert norm(np.array([3e30, 4e30], np.float32)) == pytest.approx(5e30, rel=1e-6)


def test_an_update_across_the_whole_range_of_float32_has_a_ratio():
    """Both ends are finite, their difference in float32 is not."""
    before = np.array([3e38], np.float32)

    assert update_metrics(np.ones(1, np.float32), before, -before)["update_ratio"] == pytest.approx(2)


def test_outputs_whose_square_overflows_are_no_error():
    """In float64 the outputs of a diverging network pass 1e154 before its loss stops being finite."""
    with np.errstate(over="ignore", invalid="ignore"):  # as the loop has it
        metrics = observed(ReLU(), np.array([[1e200, 3e200], [2e200, 1e200]]))

    assert metrics["dead/hidden1"] == 0

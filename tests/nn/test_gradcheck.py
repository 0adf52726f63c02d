"""The checker itself, against derivatives known from calculus: every other gradient check rests on it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zerosweep.nn.gradcheck import numerical_gradient, relative_error, step_size

finite = st.floats(-1e3, 1e3, allow_subnormal=False)


def test_gradient_of_a_quadratic():
    theta, out = np.array([3.0, 4.0]), np.empty(2)
    numerical_gradient(lambda: float(theta[0] ** 2 + theta[1] ** 2), theta, out)
    np.testing.assert_allclose(out, [6, 8], rtol=1e-9)


def test_gradient_of_a_curved_function():
    theta, out = np.array([0.3, -1.2, 2.0]), np.empty(3)
    numerical_gradient(lambda: float(np.sin(theta[0]) + np.exp(theta[1]) * theta[2]), theta, out)
    np.testing.assert_allclose(out, [np.cos(0.3), 2 * np.exp(-1.2), np.exp(-1.2)], rtol=1e-8)


def test_the_difference_is_central():
    """(1.1³ - 0.9³) / 0.2 = 3.01; a forward difference would give 3.31, a backward one 2.71."""
    theta, out = np.array([1.0]), np.empty(1)
    numerical_gradient(lambda: float(theta[0] ** 3), theta, out, h=0.1)
    np.testing.assert_allclose(out, [3.01], rtol=1e-13)


def test_float32_steps_are_large_enough_to_be_seen():
    theta, out = np.array([100.0, 0.01], np.float32), np.empty(2, np.float32)
    numerical_gradient(lambda: float(np.dot(np.float32([2, -3]), theta)), theta, out)
    np.testing.assert_allclose(out, [2, -3], rtol=2e-2)


def test_the_step_is_taken_as_it_was_rounded():
    """Near 1e6 float32 knows only multiples of 1/16: h = 0.05 becomes 1/16 there, and dividing by 0.1 would be 25 % off."""
    theta, out = np.array([1e6], np.float32), np.empty(1, np.float32)
    numerical_gradient(lambda: float(theta[0]), theta, out, h=0.05)
    assert out[0] == 1


@pytest.mark.parametrize(("dtype", "h"), [(np.float32, 4.92e-3), (np.float64, 6.06e-6)])
def test_step_size_is_the_cube_root_of_epsilon(dtype, h):
    assert step_size(np.dtype(dtype)) == pytest.approx(h, rel=1e-2)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, st.integers(1, 6), elements=finite))
def test_theta_is_bit_identical_afterwards(theta):
    before = theta.tobytes()
    numerical_gradient(lambda: float(theta.sum()), theta, np.empty_like(theta))
    assert theta.tobytes() == before


@pytest.mark.parametrize("call", range(1, 7))
def test_theta_is_bit_identical_where_f_raises(call):
    theta, calls = np.array([0.1, 0.2, 0.3]), 0
    before = theta.tobytes()

    def breaks_down() -> float:
        nonlocal calls
        calls += 1
        if calls == call:
            raise FloatingPointError
        return 0.0

    with pytest.raises(FloatingPointError):
        numerical_gradient(breaks_down, theta, np.empty(3))
    assert theta.tobytes() == before


def test_every_parameter_is_moved_alone_and_twice():
    theta, seen = np.zeros(3), []
    numerical_gradient(lambda: seen.append(theta.copy()) or 0.0, theta, np.empty(3), h=1.0)
    np.testing.assert_array_equal(seen, [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([1.0, -2.0], [1.0, -2.0], 0),
        ([1.0, -2.0], [-1.0, 2.0], 2),  # a wrong sign
        ([4.0, 0.0], [3.0, 0.0], 0.25),
        ([3.0, 0.0], [4.0, 0.0], 0.25),
        ([10.0, 1.0], [10.0, 2.0], 0.1),  # by the largest number, not number by number
        ([0.0], [0.0], 0),
        ([], [], 0),
    ],
)
def test_relative_error(a, b, error):
    assert relative_error(np.array(a), np.array(b)) == pytest.approx(error)

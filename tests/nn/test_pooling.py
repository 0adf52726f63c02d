"""Max pooling by hand, and where it does not matter which number is the largest."""

import numpy as np
import pytest

from zerosweep.nn.layer import Mode
from zerosweep.nn.network import Network
from zerosweep.nn.pooling import MaxPool2D

X = np.array([[[[1.0, 2.0, 5.0, 1.0], [3.0, 0.0, -1.0, 2.0], [-4.0, -1.0, 0.0, 0.0], [-2.0, -3.0, 0.0, 7.0]]]])


def pooled(x: np.ndarray, dy: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """y, and dx for dy, by default 1, 2, 3, ..."""
    network = Network([MaxPool2D()], x.shape[1:], np.float64)
    y = network.forward(x, Mode.TRAIN)
    return y, network.layers[0].backward(np.arange(1.0, y.size + 1).reshape(y.shape) if dy is None else dy)


def test_by_hand():
    y, dx = pooled(X)
    np.testing.assert_array_equal(y, [[[[3, 5], [-1, 7]]]])
    np.testing.assert_array_equal(dx, [[[[0, 0, 2, 0], [1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 4]]]])


@pytest.mark.parametrize("ties", [t for t in np.ndindex(2, 2, 2, 2) if sum(t)])
def test_of_equal_numbers_the_first_in_reading_order_gets_the_gradient(ties):
    square = np.array(ties, float)
    _, dx = pooled(square.reshape(1, 1, 2, 2), np.full((1, 1, 1, 1), 5.0))
    np.testing.assert_array_equal(dx.ravel(), 5 * np.eye(4)[ties.index(1)])


def test_an_odd_last_row_and_column_are_left_out():
    x = np.full((1, 1, 5, 5), 9.0)
    x[0, 0, :4, :4] = X
    y, dx = pooled(x)
    np.testing.assert_array_equal(y, pooled(X)[0])
    np.testing.assert_array_equal(dx[0, 0, :4, :4], pooled(X)[1][0, 0])
    np.testing.assert_array_equal(dx[0, 0, 4], 0)
    np.testing.assert_array_equal(dx[0, 0, :, 4], 0)


def test_channels_and_rows_are_apart():
    x = np.random.default_rng(0).standard_normal((3, 2, 4, 6))
    y, dx = pooled(x)
    for n, c in np.ndindex(3, 2):
        one = pooled(x[n : n + 1, c : c + 1], np.arange(1.0, y.size + 1).reshape(y.shape)[n : n + 1, c : c + 1])
        np.testing.assert_array_equal(y[n, c], one[0][0, 0])
        np.testing.assert_array_equal(dx[n, c], one[1][0, 0])


def test_nan_is_not_hidden():
    x = X.copy()
    x[0, 0, 1, 1] = np.nan
    assert np.isnan(pooled(x)[0][0, 0, 0, 0])


def test_a_single_row_of_pixels_is_refused():
    with pytest.raises(ValueError, match="squares of 2×2 do not fit into 1×4 pixels"):
        Network([MaxPool2D()], (3, 1, 4))

"""Convolution by hand, and against loops that do what its docstring says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.nn.batchnorm import BatchNorm2D
from zerosweep.nn.conv import Conv2D, Images
from zerosweep.nn.initializers import XavierUniform
from zerosweep.nn.layer import Mode, as_images, in_memory
from zerosweep.nn.network import Network


def conv(weights: np.ndarray, bias: list[float], image: tuple[int, int], **settings) -> Network:
    filters, channels, kernel, _ = weights.shape
    network = Network([Conv2D(filters, kernel, **settings)], (channels, *image), np.float64)
    network.parameters["conv2d1.W"][...], network.parameters["conv2d1.b"][...] = weights, bias
    return network


X = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
W = np.array([[[[1.0, 0.0], [0.0, -1.0]]], [[[0.0, 2.0], [1.0, 0.0]]]])


def test_forward_by_hand():
    """The first filter takes the pixel below to the right from each: always -4. The second is 2 · right + below."""
    y = conv(W, [10, 100], (3, 3)).forward(X, Mode.TRAIN)
    np.testing.assert_array_equal(y[0], [[[6, 6], [6, 6]], [[4 + 4 + 100, 6 + 5 + 100], [10 + 7 + 100, 12 + 8 + 100]]])


def test_backward_by_hand():
    network = conv(W[1:], [0], (3, 3))
    network.forward(X, Mode.TRAIN)
    dx = network.layers[0].backward(np.array([[[[1.0, 10.0], [0.0, -1.0]]]]))
    np.testing.assert_array_equal(network.gradients["conv2d1.b"], [10])
    # each weight: 1 · its pixel at the top left + 10 · at the top right - 1 · at the bottom right
    np.testing.assert_array_equal(
        network.gradients["conv2d1.W"], [[[[1 + 20 - 5, 2 + 30 - 6], [4 + 50 - 8, 5 + 60 - 9]]]]
    )
    np.testing.assert_array_equal(dx, [[[[0, 2, 20], [1, 10, -2], [0, -1, 0]]]])


def by_loops(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The definition, number by number."""
    kernel = w.shape[2]
    y = np.empty((len(x), len(w), x.shape[2] - kernel + 1, x.shape[3] - kernel + 1))
    for n, f, i, j in np.ndindex(*y.shape):
        y[n, f, i, j] = b[f] + (w[f] * x[n, :, i : i + kernel, j : j + kernel]).sum()
    return y


def gradients_by_loops(x: np.ndarray, w: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    dx, dw, kernel = np.zeros_like(x), np.zeros_like(w), w.shape[2]
    for n, f, i, j in np.ndindex(*dy.shape):
        dw[f] += dy[n, f, i, j] * x[n, :, i : i + kernel, j : j + kernel]
        dx[n, :, i : i + kernel, j : j + kernel] += dy[n, f, i, j] * w[f]
    return dx, dw


@settings(max_examples=40)
@given(
    rows=st.integers(1, 3), channels=st.integers(1, 3), filters=st.integers(1, 3), kernel=st.integers(1, 4),
    more=st.tuples(st.integers(0, 3), st.integers(0, 3)), seed=st.integers(0, 99),
)  # fmt: skip
def test_it_is_what_loops_compute(rows, channels, filters, kernel, more, seed):
    rng = np.random.default_rng(seed)
    image = (kernel + more[0], kernel + more[1])
    x, w = rng.standard_normal((rows, channels, *image)), rng.standard_normal((filters, channels, kernel, kernel))
    b, dy = rng.standard_normal(filters), rng.standard_normal((rows, filters, more[0] + 1, more[1] + 1))
    network = conv(w, b, image)
    np.testing.assert_allclose(network.forward(x, Mode.TRAIN), by_loops(x, w, b), rtol=1e-12, atol=1e-12)
    dx, dw = gradients_by_loops(x, w, dy)
    np.testing.assert_allclose(network.layers[0].backward(dy), dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(network.gradients["conv2d1.W"], dw, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(network.gradients["conv2d1.b"], dy.sum(axis=(0, 2, 3)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("image", [(5, 5), (6, 5), (5, 6), (6, 6)])
def test_even_leaves_out_an_odd_last_row_and_column(image):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, *image)), rng.standard_normal((2, 3, 2, 2))
    whole, even = conv(w, [1, 2], image), conv(w, [1, 2], image, even=True)
    y = whole.forward(x, Mode.TRAIN)
    height, width = (size - 1 - (size - 1) % 2 for size in image)
    np.testing.assert_allclose(even.forward(x, Mode.TRAIN), y[:, :, :height, :width], rtol=1e-13)
    dy = np.zeros_like(y)
    dy[:, :, :height, :width] = rng.standard_normal((2, 2, height, width))
    dx = whole.layers[0].backward(dy)
    np.testing.assert_allclose(even.layers[0].backward(dy[:, :, :height, :width]), dx, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(even.gradient, whole.gradient, rtol=1e-12)


def test_an_order_in_memory_makes_no_difference():
    rng = np.random.default_rng(0)
    x, dy, w = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 2, 3, 4)), rng.standard_normal((2, 3, 2, 2))
    as_usual, as_ours = conv(w, [1, 2], (4, 5)), conv(w, [1, 2], (4, 5))
    laid = [as_images(np.ascontiguousarray(in_memory(images))) for images in (x, dy)]
    np.testing.assert_array_equal(as_usual.forward(x, Mode.TRAIN), as_ours.forward(laid[0], Mode.TRAIN))
    np.testing.assert_array_equal(as_usual.layers[0].backward(dy), as_ours.layers[0].backward(laid[1]))
    np.testing.assert_array_equal(as_usual.gradient, as_ours.gradient)


def test_a_bias_before_batch_normalization_changes_nothing_and_has_a_gradient_of_exactly_zero():
    x = np.random.default_rng(0).standard_normal((3, 2, 4, 4))
    outputs = []
    for absorbed in (False, True):
        network = Network([Conv2D(3, 2, bias_absorbed=absorbed), BatchNorm2D()], (2, 4, 4), np.float64)
        network.theta[...] = np.random.default_rng(1).standard_normal(network.theta.size)
        outputs.append(network.forward(x, Mode.TRAIN))
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-12, atol=1e-12)
    network.gradient[...] = np.nan
    network.backward(np.ones_like(outputs[1]))
    np.testing.assert_array_equal(network.gradients["conv2d1.b"], 0)


def test_no_dx_where_none_is_needed():
    network = conv(W, [0, 0], (3, 3))
    network.forward(X, Mode.TRAIN)
    assert network.layers[0].backward(np.ones((1, 2, 2, 2)), need_dx=False) is None


def test_fans_count_the_kernels_area_on_both_sides():
    """Glorot & Bengio's bound for 3×3 kernels from 2 to 5 channels is √(6 / (18 + 45))."""
    weight = Conv2D(5, 3).parameters((2, 8, 8))["W"]
    assert (weight.fan_in, weight.fan_out) == (18, 45)
    drawn = XavierUniform().draw(weight, np.random.default_rng(0))
    assert drawn.shape == (5, 2, 3, 3)
    assert 0.9 * np.sqrt(6 / 63) < np.abs(drawn).max() <= np.sqrt(6 / 63)


@pytest.mark.parametrize(("layer", "image"), [(Conv2D(2, 4), (3, 9)), (Conv2D(2, 3, even=True), (3, 9))])
def test_an_image_without_room_for_the_kernel_is_refused(layer, image):
    with pytest.raises(ValueError, match="do not fit into 3×9 pixels"):
        Network([layer], (1, *image))


@pytest.mark.parametrize("flat", [True, False])
def test_rows_of_pixels_become_images_in_reading_order_channel_by_channel(flat):
    network = Network([Images()], (2, 1, 3), np.float64)
    rows = np.arange(12.0).reshape((2, 6) if flat else (2, 2, 1, 3))
    images = network.forward(rows, Mode.TRAIN)
    np.testing.assert_array_equal(images[1], [[[6, 7, 8]], [[9, 10, 11]]])
    assert in_memory(images).flags.c_contiguous


def test_rows_that_are_no_images_are_refused():
    with pytest.raises(ValueError, match=r"inputs of shape \(8,\) are no images"):
        Network([Images()], (8,))

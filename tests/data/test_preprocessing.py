"""From raw inputs to rows of a network, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import StandardScaler

from zerosweep.data.preprocessing import Preprocessing
from zerosweep.errors import DataError

# 2 images of 1×2 pixels with 3 channels, as (n, h, w, c): the channel is the last digit.
COLOURED = np.array([[[[11, 12, 13], [21, 22, 23]]], [[[31, 32, 33], [41, 42, 43]]]], np.uint8)
BY_CHANNEL = [[11, 21, 12, 22, 13, 23], [31, 41, 32, 42, 33, 43]]


def test_images_become_rows_channel_by_channel():
    last, first = Preprocessing((1, 2, 3), channels_last=True), Preprocessing((3, 1, 2))
    assert last.image == first.image == (3, 1, 2)
    assert last(COLOURED, np.float32).tolist() == BY_CHANNEL
    assert last(COLOURED.reshape(2, 6), np.float32).tolist() == BY_CHANNEL
    assert first(COLOURED.transpose(0, 3, 1, 2), np.float32).tolist() == BY_CHANNEL
    assert last.images(np.array(BY_CHANNEL, np.float32))[1, 2].tolist() == [[33, 43]]


@pytest.mark.parametrize(
    ("shape", "image"), [((7,), None), ((5, 4), (1, 5, 4)), ((2, 5, 4), (2, 5, 4)), ((64, 1), (1, 64, 1))]
)
def test_the_shape_says_whether_inputs_are_images(shape, image):
    assert Preprocessing(shape).image == image
    assert Preprocessing(shape).input_shape == (image or shape)


@pytest.mark.parametrize("given", [(5, 4), (20,), (1, 5, 4), (5, 4, 1)])
def test_a_grey_image_may_come_in_any_shape_with_its_pixels_in_order(given):
    x = np.arange(40.0).reshape(2, *given)
    np.testing.assert_array_equal(Preprocessing((5, 4))(x, np.float64), np.arange(40.0).reshape(2, 20))


@pytest.mark.parametrize("given", [(4, 5), (19,), (2, 10), ()])
def test_inputs_of_another_shape_are_refused(given):
    with pytest.raises(DataError, match=r"^inputs of shape \(3.*\): must be \(n, 5, 4\) or \(n, 20\)$"):
        Preprocessing((5, 4))(np.zeros((3, *given)), np.float32)


TABLES = arrays(
    np.float64,
    st.tuples(st.integers(2, 9), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3)),
)


@given(TABLES)
def test_features_are_standardized_as_by_scikit_learn(table):
    ours = Preprocessing(table.shape[1:]).standardized(table)
    theirs = StandardScaler().fit(table)
    near_constant = (np.ptp(table, axis=0) > 0) & (theirs.scale_ == 1)  # scikit-learn calls a column of noise constant
    np.testing.assert_allclose(ours.shift, theirs.mean_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        ours(table, np.float64)[:, ~near_constant], theirs.transform(table)[:, ~near_constant], rtol=1e-6, atol=1e-6
    )


@given(TABLES)
def test_raw_values_come_back(table):
    ours = Preprocessing(table.shape[1:]).standardized(table)
    np.testing.assert_allclose(ours.raw(ours(table, np.float64)), table, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("last", [True, False])
def test_each_channel_of_images_is_standardized(last):
    rng = np.random.default_rng(0)
    images = rng.normal([5, 50, 500], [1, 2, 3], (20, 4, 6, 3))
    given = images if last else images.transpose(0, 3, 1, 2)
    ours = Preprocessing(given.shape[1:], channels_last=last).standardized(given)
    np.testing.assert_allclose(ours.shift, images.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(ours.scale, images.std(axis=(0, 1, 2)), rtol=1e-12)
    rows = ours(given, np.float64)
    expected = StandardScaler().fit_transform(images.reshape(-1, 3)).reshape(images.shape).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(rows.reshape(expected.shape), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.raw(rows), given.reshape(20, -1), rtol=1e-12)
    np.testing.assert_allclose(ours.images(rows), images.transpose(0, 3, 1, 2), rtol=1e-12)


def test_means_of_zero_are_scaled_too():
    table = np.array([[-1.0, -10.0], [1.0, 10.0]])
    assert Preprocessing((2,)).standardized(table)(table, np.float64).tolist() == [[-1, -1], [1, 1]]


def test_what_has_one_value_only_becomes_zero():
    table = np.array([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]])
    assert Preprocessing((2,)).standardized(table)(table, np.float64)[:, 0].tolist() == pytest.approx([0, 0, 0])


def test_large_numbers_keep_their_differences_in_float32():
    table = 1e9 + np.array([[0.0], [1.0], [2.0]])
    expected = [-(1.5**0.5), 0, 1.5**0.5]
    assert Preprocessing((1,)).standardized(table)(table, np.float32)[:, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("value", [1e39, np.nan, np.inf])
def test_numbers_beyond_the_dtype_are_refused(value):
    with pytest.raises(DataError, match="too large for float32"):
        Preprocessing((1,))(np.array([[value]]), np.float32)

"""Filters and feature maps: the places of the tiles, and pictures for any numbers."""

import numpy as np
import pytest
from matplotlib.image import BboxImage
from tests.figures.comparisons import written_in
from tests.figures.conftest import texts_of

from zerosweep.figures.drawing.tiles import montage, pictures
from zerosweep.figures.run import feature_maps, filters


def test_a_montage_is_read_line_by_line():
    pictures = np.arange(12.0).reshape(3, 2, 2)
    nan = np.nan
    expected = [[0, 1, nan, 4, 5], [2, 3, nan, 6, 7], [nan] * 5, [8, 9, nan, nan, nan], [10, 11, nan, nan, nan]]
    np.testing.assert_array_equal(montage(pictures, 2), expected)


def test_a_montage_of_colours_has_them_behind():
    colours = np.arange(12.0).reshape(2, 2, 1, 3)
    grid = montage(colours, 2)
    assert grid.shape == (2, 3, 3)
    np.testing.assert_array_equal(grid[1, 2], [9, 10, 11])
    assert np.isnan(grid[:, 1]).all()


def test_images_of_three_channels_are_pictures_in_colour():
    images = np.array([[[[0, 4]], [[1, 4]], [[2, 4]]]])
    np.testing.assert_array_equal(pictures(images), [[[[0, 0.25, 0.5], [1, 1, 1]]]])


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_of_other_images_the_first_channel_is_a_grey_picture(channels):
    images = np.zeros((2, channels, 1, 2))
    images[1, 0] = [[4, np.nan]]
    np.testing.assert_array_equal(pictures(images), [[[0, 0]], [[1, 0]]])


def test_the_filters_of_the_first_channel_and_their_largest_weight():
    weights = np.random.default_rng(0).uniform(-1, 1, (3, 2, 3, 3))
    weights[1, 0, 2, 2], weights[2, 1, 0, 0] = -7, 99
    found = filters.filters(weights)
    assert (found.largest, found.count, found.shown) == (7, 3, 3)
    np.testing.assert_array_equal(found.grid[:3, 4:7], weights[1, 0])


def test_filters_of_three_channels_are_in_colour(image):
    weights = np.zeros((2, 3, 1, 1))
    weights[1, :, 0, 0] = [0.5, -0.5, 0]
    found = filters.filters(weights)
    np.testing.assert_array_equal(found.grid[0, 2], [0.5, -0.5, 0])
    figure = filters.draw(found, found, "a run")
    image(figure)
    drawn, _ = figure.findobj(BboxImage)
    np.testing.assert_array_equal(drawn.get_array()[0, [0, 2]], [[128, 128, 128], [255, 0, 128]])


def test_of_other_filters_the_channel_is_said(image):
    found = filters.filters(np.ones((2, 5, 3, 3)))
    figure = filters.draw(found, found, "a run")
    image(figure)
    assert "First convolution, all 2 filters, channel 1 of 5;" in texts_of(figure)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 8, 32, 200])
def test_filters_are_drawn(image, count, channels):
    weights = np.random.default_rng(0).standard_normal((count, channels, 3, 3))
    figure = filters.draw(filters.filters(weights), filters.filters(2 * weights), "a run")
    image(figure)
    assert "after training: weights within" in texts_of(figure)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e30])
def test_filters_of_any_value_are_drawn(image, value):
    image(filters.draw(filters.filters(np.full((8, 1, 3, 3), value)), filters.filters(np.ones((8, 1, 3, 3))), "a run"))


def test_one_image_of_each_class_that_there_is():
    assert feature_maps.one_of_each(np.array([3, 3, 0, 9, 0])) == [2, 0, 3]


def test_maps_are_scaled_by_filter_and_enlarged_to_the_images_size():
    images = np.random.default_rng(0).uniform(0, 255, (2, 1, 4, 4))
    outputs = np.zeros((2, 3, 2, 2))
    outputs[1, 2] = [[0, 5], [10, 0]]
    found = feature_maps.feature_maps(images, {"hidden1": outputs, "hidden2": np.ones((2, 7))})
    assert found.layers == {"hidden1": 3}
    below_on_the_right = found.grid[6:, 18:]
    np.testing.assert_array_equal(below_on_the_right, [[0, 0, 0.5, 0.5]] * 2 + [[1, 1, 0, 0]] * 2)
    assert np.nanmax(found.grid[:, 6:17]) == 0  # filters that put out nothing


@pytest.mark.parametrize("channels", [1, 3])
def test_maps_of_images_that_are_not_square_have_their_shape(image, channels):
    maps = feature_maps.feature_maps(np.ones((4, channels, 6, 9)), {"hidden1": np.ones((4, 2, 2, 3))})
    assert maps.tile == (6, 9)
    assert maps.grid.shape[:2] == (4 * 6 + 3 * 2, 3 * 9 + 2 * 2)
    assert maps.grid.shape[2:] == ((3,) if channels == 3 else ())
    figure = feature_maps.draw(maps, "a run")
    image(figure)
    assert {"image", "hidden1", "1", "2"} <= set(written_in(figure))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e38])
def test_maps_of_any_value_are_drawn(image, value):
    outputs = np.full((10, 12, 3, 3), value, np.float32)
    figure = feature_maps.draw(
        feature_maps.feature_maps(np.ones((10, 1, 8, 8), np.float32), {"hidden1": outputs}), "a run"
    )
    image(figure)
    assert "a run" in texts_of(figure)

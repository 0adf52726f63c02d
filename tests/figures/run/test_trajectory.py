"""The path on the contours of a surface: the landscape, then the picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.figures.conftest import panels_of, texts_of

from zerosweep.figures.run.trajectory import draw, landscape

BOWL, RAVINE = (1.0, 1.0), (1 / 20, 1.0)
SPIRAL = [(4 * 0.8**t * math.cos(t), 4 * 0.8**t * math.sin(t)) for t in range(20)]
DIVERGING = [(-3 * (-19.0) ** t, 4 * (-19.0) ** t) for t in range(120)]
PLACE = st.floats(-1e6, 1e6)


@pytest.mark.parametrize("coefficients", [BOWL, RAVINE])
def test_heights_are_those_of_the_function(coefficients):
    land = landscape(coefficients, SPIRAL)

    assert land.height.shape == (len(land.x1), len(land.x0))
    for i, j in [(0, 0), (17, 101), (200, 3)]:
        expected = coefficients[0] * land.x0[j] ** 2 + coefficients[1] * land.x1[i] ** 2
        assert land.height[i, j] == pytest.approx(expected)


def test_a_path_that_stays_is_shown_whole():
    assert landscape(BOWL, SPIRAL).path.tolist() == [list(point) for point in SPIRAL]


@settings(deadline=None)
@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=20))
def test_start_minimum_and_path_are_inside(trajectory):
    land = landscape(BOWL, trajectory)

    assert land.path[0].tolist() == list(trajectory[0])
    for axis, places in zip((land.x0, land.x1), land.path.T, strict=True):
        assert axis[0] < 0 < axis[-1]
        assert axis[0] < places.min()
        assert places.max() < axis[-1]
    assert np.isfinite(land.height).all()


def test_a_diverging_path_is_followed_to_about_ten_times_its_start():
    land = landscape(BOWL, DIVERGING)

    distances = np.hypot(*land.path.T)
    assert 1 <= len(land.path) <= 2
    assert (distances[:-1] <= 50).all()
    assert np.isfinite(land.height).all()
    assert land.height.max() < 1e6


@pytest.mark.parametrize("last", [(math.nan, 0.0), (math.inf, 0.0), (0.0, -math.inf), (math.nan, math.nan)])
def test_a_path_that_ends_in_what_is_not_finite_is_shown_up_to_there(image, last):
    land = landscape(BOWL, [(-3.0, 4.0), (1.0, 1.0), last, last])

    assert land.path.tolist() == [[-3.0, 4.0], [1.0, 1.0]]
    assert np.isfinite(land.height).all()
    image(draw(land, "diverged"))


@pytest.mark.parametrize("start", [(0.0, 0.0), (1e-30, 0.0), (1e20, 0.0), (0.0, -5.0)])
def test_a_start_anywhere_has_a_picture(image, start):
    image(draw(landscape(BOWL, [start, start]), "at rest"))


def test_the_picture_shows_path_start_end_and_minimum(image):
    figure = draw(landscape(RAVINE, SPIRAL), "a run: learned")
    image(figure)

    (panel,) = panels_of(figure)
    path, start, end, minimum = panel.lines
    assert path.get_xydata().tolist() == [list(point) for point in SPIRAL]
    assert start.get_xydata().tolist() == [list(SPIRAL[0])]
    assert end.get_xydata().tolist() == [list(SPIRAL[-1])]
    assert minimum.get_xydata().tolist() == [[0, 0]]
    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert "start" in labels
    assert "minimum" in labels
    assert len(panel.collections) > 0  # the contours
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("$x_0$", "$x_1$")
    assert "a run: learned" in texts_of(figure)


def test_a_run_that_diverged_at_its_first_step_has_a_picture(image):
    image(draw(landscape(BOWL, [(-3.0, 4.0)]), "a run: diverged"))

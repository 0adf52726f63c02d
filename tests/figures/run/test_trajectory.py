"""The path of a run on the contours of a surface: the series, then the picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.figures.comparisons import key, written_in
from tests.figures.conftest import panels_of, texts_of

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.surfaces import heights
from zerosweep.figures.run import trajectory
from zerosweep.figures.run.trajectory import SurfacePath, extent, surface_paths

BOWL, RAVINE = (1.0, 1.0), (1 / 20, 1.0)
SPIRAL = [(4 * 0.8**t * math.cos(t), 4 * 0.8**t * math.sin(t)) for t in range(20)]
DIVERGING = [(-3 * (-19.0) ** t, 4 * (-19.0) ** t) for t in range(120)]
PLACE = st.floats(-1e6, 1e6)


def run(points, coefficients=BOWL, verdict="learned") -> ComparedRun:
    arrays = {"path": np.array(points, np.float64), "coefficients": np.array(coefficients)}
    return ComparedRun({}, "", verdict, None, [], [], arrays)


def path_of(points, coefficients=BOWL) -> SurfacePath:
    (found,) = surface_paths([run(points, coefficients)], [], alone=True)
    return found


def draw(points, title, coefficients=BOWL, verdict="learned"):
    return trajectory.draw([run(points, coefficients, verdict)], [], title)


def surface_of(found: SurfacePath) -> np.ndarray:
    """The heights that are drawn around a path."""
    wide, high = extent([found])
    return heights(found.coefficients, np.linspace(-wide, wide, 201), np.linspace(-high, high, 201))


@pytest.mark.parametrize("coefficients", [BOWL, RAVINE])
def test_heights_are_those_of_the_function(coefficients):
    x0, x1 = np.linspace(-4, 4, 201), np.linspace(-3, 3, 151)
    height = heights(np.array(coefficients), x0, x1)

    assert height.shape == (len(x1), len(x0))
    for i, j in [(0, 0), (17, 101), (150, 3)]:
        assert height[i, j] == pytest.approx(coefficients[0] * x0[j] ** 2 + coefficients[1] * x1[i] ** 2)


def test_a_path_that_stays_is_shown_whole():
    assert path_of(SPIRAL).path.tolist() == [list(point) for point in SPIRAL]


@settings(deadline=None)
@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=20))
def test_start_minimum_and_path_are_inside(points):
    found = path_of(points)

    assert found.path[0].tolist() == list(points[0])
    for end, places in zip(extent([found]), found.path.T, strict=True):
        assert end > 0
        assert -end < places.min()
        assert places.max() < end
    assert np.isfinite(surface_of(found)).all()


def test_a_diverging_path_is_followed_to_about_ten_times_its_start():
    found = path_of(DIVERGING)

    distances = np.hypot(*found.path.T)
    assert 1 <= len(found.path) <= 2
    assert (distances[:-1] <= 50).all()
    assert np.isfinite(surface_of(found)).all()
    assert surface_of(found).max() < 1e6


@pytest.mark.parametrize("last", [(math.nan, 0.0), (math.inf, 0.0), (0.0, -math.inf), (math.nan, math.nan)])
def test_a_path_that_ends_in_what_is_not_finite_is_shown_up_to_there(image, last):
    points = [(-3.0, 4.0), (1.0, 1.0), last, last]
    found = path_of(points)

    assert found.path.tolist() == [[-3.0, 4.0], [1.0, 1.0]]
    assert np.isfinite(surface_of(found)).all()
    image(draw(points, "diverged"))


@pytest.mark.parametrize("start", [(0.0, 0.0), (1e-30, 0.0), (1e20, 0.0), (0.0, -5.0), (1e-200, 0.0), (1e200, 0.0)])
def test_a_start_anywhere_has_a_picture(image, start):
    image(draw([start, start], "at rest"))


def test_the_picture_shows_path_start_end_and_minimum(image):
    figure = draw(SPIRAL, "a run: learned", RAVINE)
    image(figure)

    (panel,) = panels_of(figure)
    path, start, end, minimum = panel.lines
    assert path.get_xydata().tolist() == [list(point) for point in SPIRAL]
    assert start.get_xydata().tolist() == [list(SPIRAL[0])]
    assert end.get_xydata().tolist() == [list(SPIRAL[-1])]
    assert minimum.get_xydata().tolist() == [[0, 0]]
    assert {"start", "last point shown", "minimum"} <= set(key(figure))
    assert len(panel.collections) > 0  # the contours
    assert {"x₀", "x₁"} <= set(written_in(figure))
    assert "a run: learned" in texts_of(figure)


def test_a_run_that_diverged_at_its_first_step_has_a_picture(image):
    image(draw([(-3.0, 4.0)], "a run: diverged", verdict="diverged"))


def test_how_the_path_ends_is_written():
    assert "after 1 step at (1, 1)" in written_in(draw([(-3.0, 4.0), (1.0, 1.0)], "a run"))
    assert "shown up to step 1; diverged" in written_in(draw(DIVERGING, "a run", verdict="diverged"))

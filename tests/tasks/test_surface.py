"""Walking down a surface, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.errors import SettingError
from zerosweep.optim.descent import SGD
from zerosweep.tasks.registry import TASKS
from zerosweep.tasks.surface import Surface, SurfaceProblem

PLACE = st.floats(-100, 100)


def nobody(hidden) -> None:
    pytest.fail("a surface has no hidden layers to show")


@pytest.mark.parametrize(
    ("function", "start", "value", "gradient"),
    [
        ("bowl", [-3.0, 4.0], 25.0, [-6.0, 8.0]),
        ("bowl", [0.0, 0.0], 0.0, [0.0, 0.0]),
        ("ravine", [-7.0, 2.0], 6.45, [-0.7, 4.0]),
        ("ravine", [10.0, -1.0], 6.0, [1.0, -2.0]),
        ("saddle", [0.0, 0.0], 0.25, [0.0, 0.0]),
        ("saddle", [3.0, -1.0], 3.25, [4.0, -2.0]),  # u = 1, v = -2
        ("wells", [-1.0, 2.0], 4.8, [-0.8, 4.0]),
        ("valley", [-1.0, 3.0], 404.0, [796.0, 400.0]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients_by_hand(function, start, value, gradient, dtype):
    problem = SurfaceProblem(Surface(function, start), dtype)

    assert problem.loss_and_gradient() == pytest.approx(value, rel=1e-6)
    assert problem.gradient.tolist() == pytest.approx(gradient, rel=1e-6)
    assert problem.theta.tolist() == start  # computing a gradient is not moving
    assert problem.theta.dtype == problem.gradient.dtype == dtype


@pytest.mark.parametrize(("penalty", "added"), [({"l1": 0.5}, [-0.5, 0.5]), ({"l2": 0.5}, [-1.5, 2.0])])
def test_a_penalty_adds_its_gradient_and_leaves_the_value(penalty, added):
    plain = SurfaceProblem(Surface("bowl", [-3.0, 4.0]), np.float64)
    penalised = SurfaceProblem(Surface("bowl", [-3.0, 4.0], **penalty), np.float64)
    assert plain.loss_and_gradient() == penalised.loss_and_gradient()
    assert (penalised.gradient - plain.gradient).tolist() == pytest.approx(added)


@pytest.mark.parametrize("function", ["saddle", "wells", "bowl_aside", "valley"])
def test_the_lowest_points_of_a_polynomial_have_no_slope_and_nowhere_is_lower(function):
    lowest = SurfaceProblem(Surface(function), np.float64).minima
    for point in lowest.tolist():
        problem = SurfaceProblem(Surface(function, point), np.float64)
        assert problem.loss_and_gradient() == pytest.approx(0, abs=1e-12)
        assert problem.gradient.tolist() == pytest.approx([0, 0], abs=1e-12)
    around = np.linspace(-3, 3, 61)
    assert min(SurfaceProblem(Surface(function, [a, b]), np.float64).value() for a in around for b in around) > -1e-12


@given(st.sampled_from(["bowl", "ravine"]), PLACE, PLACE)
def test_the_gradient_equals_central_differences(function, x0, x1):
    def value(a: float, b: float) -> float:
        return SurfaceProblem(Surface(function, [a, b]), np.float64).loss_and_gradient()

    problem = SurfaceProblem(Surface(function, [x0, x1]), np.float64)
    problem.loss_and_gradient()

    h = 1e-3
    expected = [(value(x0 + h, x1) - value(x0 - h, x1)) / (2 * h), (value(x0, x1 + h) - value(x0, x1 - h)) / (2 * h)]
    assert problem.gradient.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("lr", [0.1, 0.5, 0.9, 1.1])
def test_gradient_descent_on_the_bowl_has_a_closed_form(lr):
    """x_t = x_0 (1 - 2 lr)^t: monotone below lr = ½, there at once at ½, to and fro above, away from it above 1."""
    problem, optimizer = SurfaceProblem(Surface("bowl", [-3.0, 4.0]), np.float64), SGD(lr=lr)
    state = optimizer.init(2, np.float64)
    for t in range(1, 31):
        problem.loss_and_gradient()
        optimizer.update(problem.theta, problem.gradient, state)
        factor = (1 - 2 * lr) ** t
        assert problem.theta.tolist() == pytest.approx([-3 * factor, 4 * factor], rel=1e-9, abs=1e-15)


def test_an_evaluation_gives_value_and_place_and_remembers_it():
    problem = SurfaceProblem(Surface("ravine", [-7.0, 2.0]), np.float64)
    first = problem.evaluate(nobody)
    problem.theta[...] = [1.0, -0.5]
    second = problem.evaluate(nobody)

    assert first == {"surface/value": pytest.approx(6.45), "surface/x0": -7.0, "surface/x1": 2.0}
    assert second == {"surface/value": pytest.approx(0.3), "surface/x0": 1.0, "surface/x1": -0.5}
    assert problem.trajectory == [(-7.0, 2.0), (1.0, -0.5)]
    assert set(problem.measures) == set(first)


def test_two_problems_do_not_share_their_trajectory_or_their_start():
    surface = Surface("bowl", [-3.0, 4.0])
    one, other = SurfaceProblem(surface), SurfaceProblem(surface)
    one.theta += 1
    one.evaluate(nobody)

    assert other.trajectory == []
    assert other.theta.tolist() == surface.start == [-3.0, 4.0]


def test_there_is_nothing_hidden_and_the_weights_are_the_point():
    problem = SurfaceProblem(Surface("bowl", [-3.0, 4.0]))

    assert problem.activations() == {}
    assert problem.weights()["x"].tolist() == [-3.0, 4.0]
    assert problem.classes is None


@pytest.mark.parametrize("start", [[], [1.0], [1.0, 2.0, 3.0]])
def test_a_start_is_two_numbers(start):
    with pytest.raises(SettingError, match="must be two numbers") as caught:
        Surface(start=start)

    assert caught.value.setting == "start"


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_start_is_finite(number):
    with pytest.raises(SettingError, match="must be >= -1e\\+18 and <= 1e\\+18"):
        Surface(start=[number, 0.0])


def test_a_start_whose_height_float32_cannot_hold_is_refused():
    furthest = SurfaceProblem(Surface(start=[1e18, 0.0]), np.float32)
    assert np.isfinite(furthest.loss_and_gradient())

    with pytest.raises(SettingError, match="start"):
        Surface(start=[1e20, 0.0])
    with pytest.raises(SettingError, match=r"within ±1e\+08 with function=valley"):
        Surface("valley", [1e9, 0.0])


def test_another_function_is_refused_with_the_nearest_spelling():
    with pytest.raises(
        SettingError, match="must be one of bowl, ravine, saddle, wells, bowl_aside, valley; did you mean ravine"
    ):
        Surface("ravin")


def test_the_registry_has_the_two_tasks_of_the_design():
    assert set(TASKS) == {"classification", "surface"}
    assert TASKS["surface"]().function == "bowl"

"""Two ways to a gradient, and what they differ by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.nn.losses import CrossEntropy
from zerosweep.optim.regularizers import Regularizer
from zerosweep.tasks.differentiation import WAYS, Differentiation
from zerosweep.tasks.surface import FIELD, Surface, SurfaceProblem

PLACE = st.floats(-100, 100)


def cube(way: str, wrong: float = 0.0) -> tuple[Differentiation, float]:
    """At θ = (1, 2) of Σ θ³, whose gradient is 3 θ² = (3, 12); `wrong` is added to what backprop gives for the second."""
    theta, gradient = np.array([1.0, 2.0]), np.zeros(2)

    def value() -> float:
        return float((theta**3).sum())

    def backprop() -> float:
        gradient[:] = 3 * theta**2 + [0, wrong]
        return value()

    found = Differentiation(way, theta, gradient, backprop=backprop, value=value, replay=value)
    loss = found.loss_and_gradient()
    assert theta.tolist() == [1.0, 2.0]
    return found, loss


@pytest.mark.parametrize("way", WAYS)
def test_the_gradient_of_a_cube(way):
    found, loss = cube(way)

    assert loss == 9
    assert found.gradient == pytest.approx([3, 12], abs=1e-8)


def test_only_both_compares():
    for way in ("backprop", "numerical"):
        found, _ = cube(way)
        assert (found.metrics, found.compared) == ({}, {})
    found, _ = cube("both")
    assert 0 <= found.metrics["gradient_difference"] < 1e-9
    assert found.compared["backprop"].tolist() == [3, 12]


def test_a_mistake_in_backprop_is_told_relative_to_the_largest_derivative():
    found, _ = cube("both", wrong=3.0)  # 15 in place of 12

    assert found.gradient.tolist() == [3, 15]  # training goes on with backprop's
    assert found.metrics["gradient_difference"] == pytest.approx(3 / 15, rel=1e-6)


def test_numerical_does_not_ask_backprop():
    theta, gradient = np.array([1.0]), np.zeros(1)
    asked = {"value": lambda: 5.0, "replay": lambda: float(theta[0] * 2)}
    found = Differentiation("numerical", theta, gradient, backprop=lambda: pytest.fail("not asked for"), **asked)

    assert found.loss_and_gradient() == 5.0
    assert gradient == pytest.approx([2.0])


@pytest.mark.parametrize("settings", [{}, {"bn": True}, {"regularizer": Regularizer(dropout=0.3, l2=0.1)}])
def test_comparing_changes_nothing_in_training(make_problem, settings):
    plain, both = (
        make_problem(activation="sigmoid", **settings),
        make_problem(activation="sigmoid", **settings, gradient="both"),
    )
    for _ in range(3):
        assert plain.loss_and_gradient() == both.loss_and_gradient()
        assert np.array_equal(plain.gradient, both.gradient)
        assert both.evaluate(lambda hidden: None)["gradient_difference"] < 1e-6
        for problem in (plain, both):
            problem.theta -= 0.1 * problem.gradient
    assert all(np.array_equal(plain.weights()[name], value) for name, value in both.weights().items())
    assert "gradient_difference" in both.measures
    assert "gradient_difference" not in plain.measures


def test_both_gradients_are_kept_without_the_penalty(make_problem):
    problem = make_problem(gradient="both", regularizer=Regularizer(l2=10.0), loss=CrossEntropy(), activation="tanh")
    assert problem.arrays()["gradients"].keys() == {"backprop", "numerical"}
    problem.loss_and_gradient()
    kept = problem.arrays()["gradients"]

    assert np.abs(kept["backprop"] - kept["numerical"]).max() < 1e-8
    weights = problem.network.weight_count
    assert problem.gradient[:weights] - kept["backprop"][:weights] == pytest.approx(10 * problem.network.weights)
    assert make_problem().arrays() == {}


@given(st.sampled_from(["bowl", "ravine"]), PLACE, PLACE)
def test_a_surface_walks_the_same_way_by_either(function, x0, x1):
    exact, numerical = (
        SurfaceProblem(Surface(function, [x0, x1]), np.float64, way) for way in ("backprop", "numerical")
    )

    assert exact.loss_and_gradient() == numerical.loss_and_gradient()
    assert numerical.gradient == pytest.approx(exact.gradient, abs=1e-6)


@pytest.mark.parametrize("start", [[1e18, -1e18], [1e6, 3.0], [0.0, 0.0]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numerical_differences_work_far_from_the_minimum_too(start, dtype):
    problem = SurfaceProblem(Surface("bowl", start), dtype, "numerical")
    problem.loss_and_gradient()

    assert problem.gradient == pytest.approx([2 * x for x in start], rel=1e-2, abs=1e-2 * max(map(abs, start)))
    assert np.isfinite(problem.arrays()["gradient_field"]["gradient"]).all()


@pytest.mark.parametrize("way", ["backprop", "numerical"])
def test_the_field_of_a_surface(way):
    problem = SurfaceProblem(Surface("ravine", [-7.0, 2.0]), np.float64, way)
    problem.evaluate(lambda hidden: None)
    kept = problem.arrays()
    field, path = kept["gradient_field"], kept["trajectory"]

    assert path["path"].tolist() == [[-7.0, 2.0]]
    assert path["coefficients"].tolist() == [0.05, 1.0]
    assert field["gradient"].shape == (FIELD, FIELD, 2)
    assert (field["x0"][0], field["x0"][-1]) == (-7, 7)
    for i, j in [(0, 0), (3, 8), (FIELD - 1, 2)]:
        expected = [0.1 * field["x0"][j], 2 * field["x1"][i]]
        assert field["gradient"][i, j] == pytest.approx(expected, abs=1e-7)
    assert problem.theta.tolist() == [-7, 2]


def test_a_start_at_the_minimum_has_a_field_too():
    field = SurfaceProblem(Surface("bowl", [0.0, 0.0])).arrays()["gradient_field"]

    assert (field["x0"].min(), field["x0"].max()) == (-1, 1)
    assert np.isfinite(field["gradient"]).all()


@pytest.mark.parametrize("gradient", ["numerical", "both"])
def test_the_outputs_of_a_step_are_those_before_the_parameters_were_moved_to_differentiate(make_problem, gradient):
    by_backprop, by_differences = make_problem(), make_problem(gradient=gradient)
    by_backprop.loss_and_gradient()
    by_differences.loss_and_gradient()
    np.testing.assert_array_equal(by_differences.outputs, by_backprop.outputs)

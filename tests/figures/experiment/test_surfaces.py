"""Paths, fields and pairs of gradients: the series, then the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.figures.comparisons import collisions, figures, panels, written_in

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.style import to_png
from zerosweep.figures.experiment.gradient_field import LONGEST, descent
from zerosweep.figures.experiment.gradients import MOST_POINTS, GradientPair, drawn_parameters, pairs
from zerosweep.figures.run.trajectory import extent, surface_paths
from zerosweep.naming import level_title

BOWL, RAVINE = [1.0, 1.0], [1 / 20, 1.0]


def compared(levels: dict[str, str], arrays: dict[str, object], verdict: str = "learned") -> ComparedRun:
    held = {name: np.asarray(values, np.float64) for name, values in arrays.items()}
    return ComparedRun(levels, "", verdict, 1.0, [], [], held)


def descent_on_bowl(lr: float, steps: int = 30, verdict: str = "learned") -> ComparedRun:
    path = [[-3 * (1 - 2 * lr) ** t, 4 * (1 - 2 * lr) ** t] for t in range(steps)]
    return compared({"optimizer.lr": str(lr)}, {"path": path, "coefficients": BOWL}, verdict)


def field(function: str, way: str, coefficients: list[float]) -> ComparedRun:
    axis = np.linspace(-4, 4, 11)
    x0, x1 = np.meshgrid(axis, axis)
    gradient = np.stack([2 * coefficients[0] * x0, 2 * coefficients[1] * x1], axis=-1)
    levels = {"task.function": function, "trainer.gradient": way}
    return compared(levels, {"x0": axis, "x1": axis, "gradient": gradient, "coefficients": coefficients})


def test_a_path_that_stays_is_whole_and_one_that_leaves_ends_with_its_leap():
    stays, leaves = surface_paths([descent_on_bowl(0.1), descent_on_bowl(10.0, verdict="diverged")], ["optimizer.lr"])

    assert stays.path.tolist()[:2] == [[-3, 4], pytest.approx([-2.4, 3.2])]
    assert (len(stays.path), stays.ending) == (30, "after 29 steps at (-0.0046, 0.0062)")
    assert leaves.ending == "leaves the picture with step 1; diverged"
    start, end = leaves.path
    assert np.cross([*start, 0], [*end, 0])[2] == pytest.approx(0)  # on the way to (57, -76)
    assert 10 < np.hypot(*end) < 95


@settings(max_examples=50)
@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True, width=32)] * 2), min_size=1, max_size=8))
def test_any_path_has_a_finite_extent(path):
    run = compared({}, {"path": [(-3.0, 4.0), *path], "coefficients": BOWL})
    (found,) = surface_paths([run], [])
    wide, high = extent([found])

    assert np.isfinite(found.path).all()
    assert np.abs(found.path).max() < 100
    assert 3 < wide < 100
    assert 4 < high < 100


SHEETS = {
    "trajectories": ([descent_on_bowl(0.1), descent_on_bowl(10.0, verdict="diverged"), descent_on_bowl(1e-10)],
                     ["optimizer.lr"]),
    "gradient_field": ([field(*which) for which in (("bowl", "backprop", BOWL), ("bowl", "numerical", BOWL),
                                                    ("ravine", "backprop", RAVINE), ("ravine", "numerical", RAVINE))],
                       ["task.function", "trainer.gradient"]),
    "gradients": ([compared({"dataset": name}, {"backprop": np.linspace(-1, 2, n), "numerical": np.linspace(-1, 2, n)})
                   for name, n in (("points", 9), ("mnist", 40_000))], ["dataset"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_the_pictures_are_legible_and_light(name):
    runs, factors = SHEETS[name]
    (figure,) = figures(runs, factors, figure=name).values()

    assert collisions(figure) == []
    assert [ax.get_title(loc="left") for ax in panels(figure)] == [
        ", ".join(level_title(factor, run.level(factor)) for factor in factors)
        for run in sorted(runs, key=lambda run: float(run.levels.get("optimizer.lr", 0)))
    ]
    assert len(to_png(figure)) < 150_000


@pytest.mark.parametrize("name", SHEETS)
def test_runs_without_arrays_are_named_and_not_drawn(name):
    broken = [ComparedRun({"a": "1"}, "", "", None, [], []), ComparedRun({"a": "2"}, "", "", None, [], [])]
    (figure,) = figures(broken, ["a"], figure=name).values()

    assert collisions(figure) == []
    assert {"failed", "no run saved two gradients"} & set(written_in(figure))


@pytest.mark.parametrize("name", SHEETS)
def test_a_single_run_with_nothing_varied(name):
    (figure,) = figures(SHEETS[name][0][:1], [], figure=name).values()

    assert collisions(figure) == []


def test_units_are_equally_long():
    runs, factors = SHEETS["trajectories"]
    (figure,) = figures(runs, factors, figure="trajectories").values()
    for ax in panels(figure):
        box = ax.get_window_extent()
        across, up = np.ptp(ax.get_xlim()) / box.width, np.ptp(ax.get_ylim()) / box.height
        assert across == pytest.approx(up, rel=1e-6)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8), st.floats(1e-3, 10))
def test_arrows_point_down_and_fit_between_the_points(values, spacing):
    gradient = np.array(values).reshape(2, 2, 2)
    arrows = descent(gradient, spacing)
    lengths = np.hypot(arrows[..., 0], arrows[..., 1])

    assert lengths.max() == pytest.approx(LONGEST * spacing if np.hypot(*gradient.reshape(-1, 2).T).max() > 0 else 0)
    assert (arrows * gradient <= 0).all()


def test_the_difference_of_a_pair_is_relative_to_the_largest():
    run = compared({}, {"backprop": [1.0, -4.0, 0.0], "numerical": [1.0, -4.0, 0.5]})

    assert pairs([run], [])[0].difference == pytest.approx(0.5 / 4)
    assert pairs([ComparedRun({}, "", "learned", 1.0, [], [])], []) == []


@given(st.integers(0, 3 * MOST_POINTS))
def test_thinning_keeps_the_largest(n):
    values = np.linspace(-1, 3, n)
    x, y = drawn_parameters(GradientPair("", values, values, 0.0))

    assert len(x) == len(y) <= MOST_POINTS
    assert len(x) == n or n > MOST_POINTS
    assert not n or x.max() == values.max()

"""The figures of single experiments: their series, and sheets on which nothing collides."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import collisions, figures, panels, written_in

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.style import to_png
from zerosweep.figures.experiment import (
    landscapes,
    optimizers,
    penalty_strength,
    regularizers,
    ridge_lasso,
    rounding,
    training_cost,
    weight_scales,
)
from zerosweep.tasks.surface import Surface, SurfaceProblem, coefficients

RISING = [0.1, 0.5, 0.7, 0.9]


def run(values=RISING, every=10, verdict="learned", seed="", arrays=None, **levels):
    named = {name.replace("__", "."): str(level) for name, level in levels.items()}
    steps = [every * i for i in range(len(values))]
    held = {name: np.asarray(value) for name, value in (arrays or {}).items()}
    return ComparedRun(named, seed, verdict, values[-1] if len(values) else None, steps, values, held)


def surface(function, optimizer, path):
    problem = SurfaceProblem(Surface(function), np.float64)
    arrays = {"path": path, "coefficients": problem.coefficients, "minima": problem.minima}
    return run([9.0, 1.0, 0.1], task__function=function, optimizer=optimizer, arrays=arrays)


SCALES = [run(values, verdict=verdict, init__scale=scale, bn=bn)
          for scale in ("0.01", "1.0", "0.1") for bn, values, verdict in
          (("true", RISING, "learned"), ("false", [0.1, 0.2] if scale == "1.0" else RISING,
                                         "diverged" if scale == "1.0" else "learned"))]  # fmt: skip
PATHS = [surface(function, name, [[2.0, 1.0], [1.0, 0.5], [0.1, 0.0]])
         for function in ("saddle", "wells", "valley") for name in ("sgd", "momentum", "adagrad")]  # fmt: skip
CASES = [run(RISING, regularizer=case, trainer__frozen=frozen, regularizer__dropout_scaling="train", metric=metric)
         for case, frozen in (("none", "[]"), ("l2", "[output]"), ("l2", "[]"))
         for metric in ("train/accuracy", "test/accuracy")]  # fmt: skip
TRACE = {"step": np.arange(1, 31), "accuracy": np.linspace(0, 1, 30)}
OPTIMIZERS = [run(RISING, seed=seed, bn=bn, optimizer=name, arrays=TRACE, **first_step)
              for seed in ("0", "1") for bn in ("true", "false")
              for name, first_step in (("sgd", {}), ("adagrad", {"optimizer__first_step": "published"}),
                                       ("adagrad", {"optimizer__first_step": "accumulated"}))]  # fmt: skip
COSTS = [run([20.0, 5.0, 1.0, 0.5], 50, bn=bn, optimizer__lr="0.01", loss__clip="1e-10", metric=metric)
         for bn in ("true", "false") for metric in ("train/loss", "val/accuracy")]  # fmt: skip
STEPS = [run([error], trainer__dtype=dtype, trainer__difference_step=step)
         for dtype in ("float32", "float64") for step, error in (("0.1", 1e-2), ("1e-05", 1e-9), ("1e-10", 0.5))]  # fmt: skip
SLICE = {"weight": np.linspace(-1, 1, 9), "loss": np.linspace(-1, 1, 9) ** 2, "accuracy": np.repeat([0.8, 0.9, 0.8], 3),
         "at": np.array(0.1)}  # fmt: skip
LAYERS = [run(RISING, 600, seed=seed, metric=metric, arrays=SLICE)
          for seed in ("0", "1") for metric in ("train/accuracy", "test/accuracy")]  # fmt: skip
BOWL = {"coefficients": coefficients("bowl_aside")}
PENALTIES = [run([1.0], task__l1=l1, task__l2=l2, arrays=BOWL | {"path": [end]})
             for l1, l2, end in ((0, 0, [0.8, 2.0]), (1.5, 0, [0.0, 0.9]), (0, 1, [0.5, 1.0]))]  # fmt: skip
HISTOGRAM = {"edges": np.linspace(-0.4, 0.4, 6), "fraction": [0.1, 0.2, 0.4, 0.2, 0.1]}
STRENGTHS = [run([end], regularizer=kind, **{f"regularizer__{kind}": by, "metric": metric}, arrays=HISTOGRAM)
             for kind in ("l1", "l2") for by, end in ((0.01, 0.9), (1.0, 0.1))
             for metric in ("train/accuracy", "test/accuracy")]  # fmt: skip

SHEETS = {"weight_scales": (SCALES, 3), "landscapes": (PATHS, 6), "regularizers": (CASES, 10),
          "optimizers": (OPTIMIZERS, 5), "training_cost": (COSTS, 2), "rounding": (STEPS, 1), "two_layer": (LAYERS, 3),
          "ridge_lasso": (PENALTIES, 2), "penalty_strength": (STRENGTHS, 4)}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_the_sheets_are_legible_and_light(name):
    runs, count = SHEETS[name]
    factors = sorted({factor for one in runs for factor in one.levels})
    (figure,) = figures(runs, factors, figure=name).values()
    assert collisions(figure) == []
    assert len(panels(figure)) == count
    assert len(to_png(figure)) < 150_000


@pytest.mark.parametrize("name", SHEETS)
def test_runs_without_numbers_leave_empty_panels(name):
    failed = [ComparedRun({}, "", "", None, [], [])]
    (figure,) = figures(failed, [], figure=name).values()
    assert written_in(figure)


def test_scales_go_from_large_to_small_and_one_that_diverged_is_marked():
    found = weight_scales.scale_curves(SCALES)
    assert list(found) == ["1.0", "0.1", "0.01"]
    assert found["1.0"]["false"].diverged == 1
    assert found["1.0"]["true"].diverged is None
    assert found["0.1"]["true"].epochs.tolist() == [0, 1, 2, 3]


def test_all_minima_and_starts_of_a_landscape_are_shown():
    for landscape in landscapes.landscapes(PATHS).values():
        low, high = landscape.bounds()
        for point in (*landscape.minima, [2.0, 1.0]):
            assert (low <= point).all()
            assert (point <= high).all()


def test_a_case_without_regularization_stands_in_both_rows():
    found = regularizers.accuracy_curves(CASES)
    assert {("as published", "none"), ("our way", "none"), ("as published", "l2"), ("our way", "l2")} == set(found)


def test_one_seed_is_the_smallest_and_one_in_ten_of_its_mini_batches():
    found = optimizers.one_seed(OPTIMIZERS[::-1])
    assert found.steps.tolist() == [10, 20, 30]
    assert optimizers.by_name(OPTIMIZERS, "false").keys() == {"sgd", "adagrad", optimizers.OUR_WAY}


def test_the_cost_is_that_of_every_hundredth_mini_batch():
    steps, values = training_cost.cost_curves(COSTS, "train/loss")["no BN, rate 0.01"]
    assert (steps.tolist(), values.tolist()) == ([0, 100], [20.0, 1.0])


def test_errors_are_in_the_order_of_the_steps():
    steps, values = rounding.errors(STEPS)["float64"]
    assert (steps.tolist(), values.tolist()) == ([1e-10, 1e-5, 0.1], [0.5, 1e-9, 1e-2])


@pytest.mark.parametrize(("setting", "norm"), [("task.l2", np.hypot), ("task.l1", lambda a, b: abs(a) + abs(b))])
def test_a_ball_goes_through_its_point_and_has_one_size(setting, norm):
    x0, x1 = ridge_lasso.ball(setting, np.array([0.3, -0.7]))
    assert norm(x0, x1) == pytest.approx(norm(0.3, -0.7))


def test_paths_of_penalties_and_strengths_are_in_order():
    found = ridge_lasso.penalty_path(PENALTIES, "task.l1")
    assert found.strengths.tolist() == [0, 1.5]
    assert penalty_strength.strengths(STRENGTHS, "l1", "test/accuracy")[0].tolist() == [0.01, 1.0]

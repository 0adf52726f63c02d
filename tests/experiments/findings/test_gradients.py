"""The findings of E3, on runs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import gradients as e3


def bowl(lr: float, steps: int = 100, verdict: str = "learned") -> Runs:
    """Return the path of gradient descent from (-3, 4) in closed form, in float64."""
    path = [[-3 * (1 - 2 * lr) ** t, 4 * (1 - 2 * lr) ** t] for t in range(steps + 1)]
    return Runs().add(arrays={"trajectory": {"path": path}}, verdict=verdict, optimizer__lr=lr)


def test_learning_rates_as_published():
    assert bowl(0.1).judge(e3.a_good_rate_converges).reproduced == "yes"
    assert bowl(10.0, 50).judge(e3.a_large_rate_diverges).reproduced == "yes"
    assert bowl(10.0, 15, "diverged").judge(e3.a_large_rate_diverges).reproduced == "yes"
    assert bowl(1e-10).judge(e3.a_small_rate_hardly_moves).reproduced == "yes"
    assert bowl(1e-10).judge(e3.a_small_rate_hardly_moves).seen == "moved by 1.0e-07 in 100 steps"


def test_other_paths_are_not_reproduced():
    stays = [[-3.0, 4.0], [-2.0, 3.0]]
    for lr, finding in (
        (0.1, e3.a_good_rate_converges),
        (10.0, e3.a_large_rate_diverges),
        (1e-10, e3.a_small_rate_hardly_moves),
    ):
        runs = Runs().add(arrays={"trajectory": {"path": stays}}, optimizer__lr=lr)
        assert runs.judge(finding).reproduced == "no"
        assert bowl(0.5).judge(finding).reproduced == "not measured"


def fields(off: float) -> Runs:
    runs, field = Runs(), np.ones((5, 5, 2))
    for function in ("bowl", "ravine"):
        for way in ("backprop", "numerical"):
            apart = field.copy()
            apart[2, 3, 1] += off if (function, way) == ("ravine", "numerical") else 0
            runs.add(arrays={"gradient_field": {"gradient": apart}}, task__function=function, trainer__gradient=way)
    return runs


def test_fields_are_compared_at_every_point():
    assert fields(1e-9).judge(e3.the_fields_agree).reproduced == "yes"
    assert fields(1e-9).judge(e3.the_fields_agree).seen == "at most bowl 0.0e+00, ravine 1.0e-09, over 25 points each"
    assert fields(1e-3).judge(e3.the_fields_agree).reproduced == "no"
    assert Runs().judge(e3.the_fields_agree).reproduced == "not measured"


def checked(difference: float, other: float = 2.2, again: float = 2.3) -> Runs:
    curves = {"gradient_difference": [1e-10, difference, 1e-10]}
    arrays = {"gradients": {"backprop": np.zeros(9), "numerical": np.zeros(9)}}
    layers = {"dataset": "mnist", "model": "two_layer"}
    runs = Runs().add(curves, arrays, dataset="points", model="mlp", loss="cross_entropy", trainer__gradient="both")
    runs.add(curves, arrays, dataset="points", loss="mse", loss__outputs="softmax", trainer__gradient="both")
    runs.add(curves | {"train/loss": [2.4, again]}, arrays, **layers, trainer__gradient="both", seed=0)
    runs.add({"train/loss": [2.4, 2.3]}, **layers, trainer__gradient="backprop", seed=0)
    return runs.add({"train/loss": [2.4, other]}, **layers, trainer__gradient="backprop", seed=1)


@pytest.mark.parametrize(
    "finding",
    [
        e3.the_gradient_of_2x3_weights_agrees,
        e3.the_gradient_of_a_sum_of_squares_agrees,
        e3.the_gradient_of_two_layers_agrees,
    ],
)
def test_gradients_agree_at_every_step_or_not_at_all(finding):
    assert checked(1e-9).judge(finding).reproduced == "yes"
    assert checked(1e-9).judge(finding).seen == "at most 1.0e-09, over 9 parameters and 3 steps"
    assert checked(1e-5).judge(finding).reproduced == "no"
    assert Runs().judge(finding).reproduced == "not measured"


def test_a_seed_decides_to_the_last_bit():
    assert checked(1e-9).judge(e3.the_seed_decides).reproduced == "yes"
    assert checked(1e-9).judge(e3.the_seed_decides).seen == "after 2 steps 2.3 and 2.3 with seed 0, 2.2 with seed 1"
    assert checked(1e-9, again=np.nextafter(2.3, 3)).judge(e3.the_seed_decides).reproduced == "no"
    assert checked(1e-9, other=2.3).judge(e3.the_seed_decides).reproduced == "no"
    assert Runs().judge(e3.the_seed_decides).reproduced == "not measured"


def trained(*numerical: float) -> Runs:
    runs = Runs().add({"train/loss": [2.3, 2.2, 2.1]}, trainer__gradient="backprop")
    return runs.add({"train/loss": list(numerical)}, trainer__gradient="numerical")


def test_training_curves_are_compared_step_by_step():
    assert trained(2.3, 2.2 + 1e-9, 2.1).judge(e3.the_training_curves_agree).reproduced == "yes"
    assert trained(2.3, 2.2 + 1e-5, 2.1).judge(e3.the_training_curves_agree).reproduced == "no"
    assert trained(2.3, 2.2).judge(e3.the_training_curves_agree).reproduced == "not measured"
    assert Runs().judge(e3.the_training_curves_agree).reproduced == "not measured"


@pytest.mark.parametrize(("turned", "reproduced"), [(0.0, "yes"), (0.3, "no"), (np.pi, "no")])
def test_arrows_lead_down_most_steeply_or_they_are_turned(turned, reproduced):
    axis = np.linspace(-4, 4, 5)
    x0, x1 = np.meshgrid(axis, axis)
    gradient = np.stack([2 * x0, 2 * x1], axis=-1) @ [
        [np.cos(turned), np.sin(turned)],
        [-np.sin(turned), np.cos(turned)],
    ]
    arrays = {"gradient_field": {"x0": axis, "x1": axis, "gradient": gradient, "coefficients": [1.0, 1.0]}}
    runs = Runs().add(arrays=arrays, task__function="bowl", trainer__gradient="backprop")
    assert runs.judge(e3.the_arrows_lead_down_most_steeply).reproduced == reproduced

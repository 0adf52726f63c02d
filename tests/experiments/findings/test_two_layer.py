"""The findings of E3 about the two-layer network and about rounding, on made-up runs."""

import numpy as np
import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings import two_layer as e3


def networks(*ends, gap=0.0, accuracy=(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.91)) -> Runs:
    runs = Runs()
    slices = {"slice": {"accuracy": np.array(accuracy), "loss": np.arange(len(accuracy)) ** 2.0}}
    for seed, end in enumerate(ends):
        curves = {"test/accuracy": [0.1, 0.8, end], "train/accuracy": [0.1, 0.8, end + gap]}
        runs.add(curves, slices, model="two_layer", seed=seed)
    return runs


@pytest.mark.parametrize(
    ("finding", "runs", "reproduced"),
    [
        (e3.two_layers_learn, networks(0.94, 0.95), "yes"),
        (e3.two_layers_learn, networks(0.94, 0.85), "no"),
        (e3.training_and_test_go_together, networks(0.94, gap=0.01), "yes"),
        (e3.training_and_test_go_together, networks(0.94, gap=0.05), "no"),
        (e3.two_runs_differ_a_little, networks(0.940, 0.945), "yes"),
        (e3.two_runs_differ_a_little, networks(0.94, 0.94), "no"),
        (e3.two_runs_differ_a_little, networks(0.90, 0.94), "no"),
        (e3.two_runs_differ_a_little, networks(0.94), "not measured"),
        (e3.accuracy_is_level_almost_everywhere, networks(0.94), "yes"),
        (e3.accuracy_is_level_almost_everywhere, networks(0.94, accuracy=np.linspace(0, 1, 7)), "no"),
    ],
)
def test_two_layers(finding, runs, reproduced):
    assert runs.judge(finding).reproduced == reproduced


def steps(best32=5e-3, best64=6e-6, left=1.0) -> Runs:
    """Errors h² + (best / h)³ best², which are least near best; left is the error of the smallest step."""
    runs = Runs()
    for dtype, best in (("float32", best32), ("float64", best64)):
        for h in (1e-16, 1e-6, 1e-5, 1e-3, 1e-2, 1e-1):
            error = left if h == 1e-16 else 1e-12 + abs(np.log10(h / best))
            runs.add({"gradient_difference": [error]}, trainer__dtype=dtype, trainer__difference_step=h)
    return runs


def test_steps():
    assert steps(left=1e9).judge(e3.rounding_spoils_small_differences).reproduced == "yes"
    assert steps(left=1e-3).judge(e3.rounding_spoils_small_differences).reproduced == "no"
    assert steps().judge(e3.the_best_step_is_the_cube_root_of_the_precision).reproduced == "yes"
    assert steps(best64=1e-1).judge(e3.the_best_step_is_the_cube_root_of_the_precision).reproduced == "no"

"""The findings of E1 about activations, on those of made-up networks."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.experiments.findings import activations
from zerosweep.figures.drawing.histograms import as_arrays, histograms
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import judge
from zerosweep.tracking.record import Recorded

FUNCTIONS = {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}

SPREADS = {  # of the inputs of the units of three layers, by how the network starts
    ("normal", "1.0"): (8, 8, 8),
    ("normal", "0.01"): (0.09, 0.009, 0.0009),
    ("xavier", "1.0"): (0.5, 0.5, 0.5),
    ("he", "1.0"): (0.5, 0.5, 0.5),
}


def evidence(changes=None, left_out=()) -> Evidence:
    runs, kept = [], {}
    for (init, scale), spreads in (SPREADS | (changes or {})).items():
        for activation, f in FUNCTIONS.items():
            run_id = f"{init} {scale} {activation}"
            if activation in left_out:
                continue
            params = {"init": init, "init.scale": scale, "model.activation": activation}
            runs.append(Recorded(run_id, "1", run_id, "FINISHED", 0.0, 1.0, params, {}, {}))
            normal = np.random.default_rng(0).standard_normal((3, 200, 100))
            outputs = {
                f"hidden{i + 1}": f(spread * x) for i, (spread, x) in enumerate(zip(spreads, normal, strict=False))
            }
            kept[run_id] = as_arrays(histograms(outputs), [])
    return Evidence(
        runs, lambda run_id, metric: ([], []), lambda run_id, name: kept[run_id] if name == "activations" else {}
    )


LARGE = activations.too_large_saturates
SMALL = activations.too_small_collapses
MATCHED = activations.the_matched_init_keeps_a_spread

CASES = {
    "as published: large": (LARGE, {}, "yes"),
    "as published: small": (SMALL, {}, "yes"),
    "as published: matched": (MATCHED, {}, "yes"),
    "one layer does not saturate": (LARGE, {("normal", "1.0"): (8, 0.5, 8)}, "no"),
    "small stays wide": (SMALL, {("normal", "0.01"): (0.5, 0.5, 0.5)}, "no"),
    "Xavier's collapses": (MATCHED, {("xavier", "1.0"): (0.5, 0.3, 0.1)}, "no"),
    "Xavier's saturates": (MATCHED, {("xavier", "1.0"): (8, 8, 8)}, "no"),
    "He's explodes": (MATCHED, {("he", "1.0"): (0.5, 1, 2)}, "no"),
}


@pytest.mark.parametrize(("finding", "changes", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_taken_for_reproduced(finding, changes, expected):
    assert judge([finding], evidence(changes))[0].reproduced == expected


def test_an_activation_that_was_not_run_is_not_measured():
    (judged,) = judge([SMALL], evidence(left_out=["tanh"]))
    assert judged.reproduced == "not measured"
    assert "model.activation=tanh" in judged.seen


@pytest.mark.parametrize(
    ("finding", "layers", "expected"),
    [
        (LARGE, 0, "not measured"),
        (SMALL, 0, "not measured"),
        (MATCHED, 0, "not measured"),
        (LARGE, 1, "yes"),
        (MATCHED, 1, "not measured"),
    ],
)
def test_without_a_layer_nothing_is_seen_and_without_two_no_way_between_them(finding, layers, expected):
    shallow = evidence({start: spreads[:layers] for start, spreads in SPREADS.items()})
    assert judge([finding], shallow)[0].reproduced == expected


def test_the_share_that_is_saturated_by_definition():
    """A sigmoid's saturated outputs are those below 0.05 or above 0.95, up to the width of a bin."""
    y = FUNCTIONS["sigmoid"](3 * np.random.default_rng(0).standard_normal((200, 100)))
    (histogram,) = histograms({"hidden1": y})
    assert activations.saturated(histogram, "sigmoid") == pytest.approx(((y < 0.05) | (y > 0.95)).mean(), abs=0.01)

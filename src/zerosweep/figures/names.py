"""The names of the figures that a report can draw, and the saved arrays that each needs.

This module does not import Matplotlib, so that settings can be checked against these names without loading it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ACTIVATIONS = "activations"
"""Name of the arrays with a run's histograms of hidden outputs, which it saves along with its own figures."""

PREDICTIONS = "predictions"
"""Name of the arrays with a run's confusion matrix and its worst predictions, saved along with its own figures."""

DRAWN_FROM: Mapping[str, str | None] = {
    "curves": None,
    "heat_map": None,
    "intervals": None,
    "histograms": ACTIVATIONS,
    "traces": "traces",
    "trajectories": "trajectory",
    "gradient_field": "gradient_field",
    "gradients": "gradients",
    "weight_scales": None,
    "landscapes": "trajectory",
    "training_cost": None,
    "two_layer": "slice",
    "rounding": None,
    "ridge_lasso": "trajectory",
    "penalty_strength": "weight_histogram",
    "optimizers": "traces",
    "regularizers": None,
    "overflows": None,
}
"""The arrays that each figure is drawn from: the name of an artifact `arrays/<name>.npz`, or None for metrics alone."""

METRIC = "metric"
"""The factor whose levels are the metrics, where a figure shows several of them."""

RUN_FIGURES = (
    "trajectory",
    "learning_curves",
    "traces",
    "activation_histograms",
    "filters",
    "feature_maps",
)
"""The names of the figures of a run."""

OWN_RUN_FIGURES: dict[str, Callable[..., Any]] = {}
"""Figures of a run that plugins add: (history, problem, title) -> figure, or None where there is nothing to show."""

OWN_SWEEP_FIGURES: dict[str, Callable[..., Any]] = {}
"""Figures of a comparison that plugins add: (runs, factors, metric, title) -> figure."""


def report_figures() -> tuple[str, ...]:
    """Return the values that `report.figure` allows."""
    return (*DRAWN_FROM, *OWN_SWEEP_FIGURES, "none")

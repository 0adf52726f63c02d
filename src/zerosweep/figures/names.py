"""The names of the figures that a report can draw, and the saved arrays that each needs.

This module imports nothing, so that settings can be checked against these names without loading Matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping

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
}
"""The arrays that each figure is drawn from: the name of an artifact `arrays/<name>.npz`, or None for metrics alone."""

METRIC = "metric"
"""The factor whose levels are the metrics, where a figure shows several of them."""

FIGURES = (*DRAWN_FROM, "none")
"""The values that `report.figure` allows."""

"""The figures that a report can be asked for, and what they are drawn from. Imports nothing, so that settings can name them."""

from __future__ import annotations

from collections.abc import Mapping

ACTIVATIONS = "activations"
"""The arrays that a run saves along with its own figures."""

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
"""By figure, the arrays that each run keeps for it, in the artifact `arrays/<name>.npz`; None for one that needs only metrics."""

METRIC = "metric"
"""The factor whose levels are the metrics, where a figure shows several."""

FIGURES = (*DRAWN_FROM, "none")
"""What `report.figure` may be."""

"""The findings of published experiments, as checks on recorded runs.

Importing this package registers all of them. A sweep file lists those that its runs are judged by in `report.findings`.
"""

from zerosweep.experiments.findings import (
    activations,
    convolution,
    divergence,
    failures,
    gradients,
    landscapes,
    optimizers,
    overfitting,
    penalties,
    searches,
    two_layer,
    weight_scale,
)

__all__ = [
    "activations",
    "convolution",
    "divergence",
    "failures",
    "gradients",
    "landscapes",
    "optimizers",
    "overfitting",
    "penalties",
    "searches",
    "two_layer",
    "weight_scale",
]

"""What published experiments found, as checks over recorded runs. Importing this package registers all of them; a sweep file
names in `report.findings` those that its runs are to show."""

from zerosweep.experiments.findings import (
    activations,
    convolution,
    failures,
    gradients,
    optimizers,
    overfitting,
    searches,
    weight_scale,
)

__all__ = [
    "activations",
    "convolution",
    "failures",
    "gradients",
    "optimizers",
    "overfitting",
    "searches",
    "weight_scale",
]

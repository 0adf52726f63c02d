"""What a search may optimise: the metrics that its runs will have recorded, but for those of test data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from zerosweep.assemble import outline
from zerosweep.config.schemas import Settings
from zerosweep.errors import SettingError
from zerosweep.nn.layer import Activation
from zerosweep.tasks.surface import Surface

OF_EVERY_RUN = ("gradient_norm", "update_ratio", "time/seconds", "time/steps", "time/steps_per_second")


def recorded(settings: Settings) -> list[str]:
    """The metrics of a run of these settings that does not diverge."""
    names = [*outline(settings).measured, *OF_EVERY_RUN]
    if not isinstance(settings.task, Surface):
        layers = settings.model.layers(settings.dataset.classes, settings.bn, settings.regularizer.dropout)
        hidden = [layer for layer in layers if isinstance(layer, Activation)]
        for number, layer in enumerate(hidden, 1):
            kinds = ["dead", "activation_std", "signal"]
            kinds += ["saturated"] if layer.saturated(np.zeros(1, np.float32)) is not None else []
            names += [f"{kind}/hidden{number}" for kind in kinds]
    return names


def check_metrics(metrics: Sequence[str] | None, all_settings: Iterable[Settings]) -> None:
    """Refuse a metric of `hydra.sweeper.metrics` that some run of the search would not have, or that is no target at all."""
    setting, metrics = "hydra.sweeper.metrics", metrics or []
    for metric in metrics:
        if metric.startswith("test/"):
            raise SettingError(setting, metric, "test figures are recorded, never optimised")
        if metrics.count(metric) > 1:
            raise SettingError(setting, f"[{','.join(metrics)}]", f"has {metric} more than once")
    for settings in all_settings if metrics else ():
        choices = [name for name in recorded(settings) if not name.startswith("test/")]
        for metric in metrics:
            if metric not in choices:
                allowed = f"is not measured in every run; must be one of {', '.join(choices)}"
                raise SettingError(setting, metric, allowed, choices)

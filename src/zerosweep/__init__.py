"""zerosweep: neural networks written from zero in NumPy, composed by Hydra, swept and searched, recorded in MLflow."""

from importlib import import_module
from typing import Any

_PUBLIC = {
    **dict.fromkeys(
        (
            *("optimizer", "schedule", "regularizer", "init", "loss", "model", "dataset", "task"),
            *("layer", "metric", "figure", "finding"),
        ),
        "zerosweep.api.parts",
    ),
    "trainable": "zerosweep.api.trainable",
    "Optimizer": "zerosweep.optim.optimizer",
    "Schedule": "zerosweep.optim.schedules",
    "Regularizer": "zerosweep.optim.regularizers",
    "Initializer": "zerosweep.nn.initializers",
    "Loss": "zerosweep.nn.losses",
    "Model": "zerosweep.nn.model",
    "Layer": "zerosweep.nn.layer",
    "Activation": "zerosweep.nn.layer",
    "Dataset": "zerosweep.data.dataset",
    "Source": "zerosweep.data.dataset",
    "ClassificationProblem": "zerosweep.tasks.classification",
    "ComparedRun": "zerosweep.figures.drawing.compared",
    "FunctionTask": "zerosweep.tasks.function",
    "History": "zerosweep.training.records",
    "Check": "zerosweep.report.finding",
    "Evidence": "zerosweep.report.evidence",
    "Recipe": "zerosweep.recipe",
    "Purpose": "zerosweep.recipe",
    "setting": "zerosweep.recipe",
    "number": "zerosweep.recipe",
    "one_of": "zerosweep.recipe",
    "SettingError": "zerosweep.errors",
}
"""The module that each public name is in. It is imported when the name is first used."""


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})

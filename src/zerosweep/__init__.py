"""zerosweep: neural networks written from zero in NumPy, composed by Hydra, swept and searched, recorded in MLflow.

    import zerosweep as zs

    run = zs.run(optimizer="adam", bn=True)
    grid = zs.sweep(optimizer=["sgd", "adam"], seed=range(3))
    found = zs.search({"optimizer.lr": zs.log(1e-4, 1)}, n_trials=30)

Importing the package is cheap and changes nothing in the process: each name is imported when it is first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zerosweep.api.comparison import Comparison, compare
    from zerosweep.api.compose import compose
    from zerosweep.api.frames import curves, runs
    from zerosweep.api.parts import (
        dataset,
        figure,
        finding,
        init,
        layer,
        loss,
        metric,
        model,
        optimizer,
        regularizer,
        schedule,
        task,
    )  # fmt: skip
    from zerosweep.api.recorded import Run
    from zerosweep.api.run import run
    from zerosweep.api.search import Search, integers, log, search, uniform
    from zerosweep.api.sweep import Sweep, sweep
    from zerosweep.api.train import History, train
    from zerosweep.api.trainable import trainable
    from zerosweep.data.dataset import Dataset, Source
    from zerosweep.errors import DataError, RunsFailed, SettingError, UserError
    from zerosweep.figures.drawing.compared import ComparedRun
    from zerosweep.nn.initializers import Initializer
    from zerosweep.nn.layer import Activation, Layer
    from zerosweep.nn.losses import Loss
    from zerosweep.nn.model import Model
    from zerosweep.optim.optimizer import Optimizer
    from zerosweep.optim.regularizers import Regularizer
    from zerosweep.optim.schedules import Schedule
    from zerosweep.recipe import Recipe, number, one_of
    from zerosweep.report.evidence import Evidence
    from zerosweep.report.finding import Check
    from zerosweep.tasks.classification import ClassificationProblem

_PUBLIC = {
    "compose": "zerosweep.api.compose",
    **dict.fromkeys(("History", "train"), "zerosweep.api.train"),
    "run": "zerosweep.api.run",
    "Run": "zerosweep.api.recorded",
    **dict.fromkeys(("Sweep", "sweep"), "zerosweep.api.sweep"),
    **dict.fromkeys(("Search", "integers", "log", "search", "uniform"), "zerosweep.api.search"),
    **dict.fromkeys(("curves", "runs"), "zerosweep.api.frames"),
    **dict.fromkeys(("Comparison", "compare"), "zerosweep.api.comparison"),
    **dict.fromkeys(("DataError", "RunsFailed", "SettingError", "UserError"), "zerosweep.errors"),
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
    "Check": "zerosweep.report.finding",
    "Evidence": "zerosweep.report.evidence",
    **dict.fromkeys(("Purpose", "Recipe", "number", "one_of", "setting"), "zerosweep.recipe"),
}
"""The module that each public name is in."""

__all__ = [  # noqa: RUF022  the keys of _PUBLIC
    "Comparison", "DataError", "History", "Run", "RunsFailed", "Search", "SettingError", "Sweep", "UserError",
    "compare", "compose", "curves", "integers", "log", "run", "runs", "search", "sweep", "train", "uniform",
    "optimizer", "schedule", "regularizer", "init", "loss", "model", "dataset", "task", "layer", "metric", "figure",
    "finding", "trainable", "Optimizer", "Schedule", "Regularizer", "Initializer", "Loss", "Model", "Layer",
    "Activation", "Dataset", "Source", "FunctionTask", "ClassificationProblem", "ComparedRun", "Check", "Evidence",
    "Purpose", "Recipe", "number", "one_of", "setting",
]  # fmt: skip


class _Package(ModuleType):
    """The package, whose public names are not hidden by the subpackages `runs`, `search` and `sweep`.

    Importing a subpackage sets an attribute of its name. Imports find the subpackage all the same.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("zerosweep")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC, "__version__"})

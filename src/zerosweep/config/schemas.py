"""Schema of every config group, registered with Hydra.

The dataclass of a component is its schema. The YAML file of an option names the schema in its defaults list, as
`/schema_optimizer_adam@_here_`, and so inherits its settings, types and default values. `--help` shows the docstrings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from zerosweep.config import help
from zerosweep.config.switches import be_strict
from zerosweep.data.registry import DATASETS
from zerosweep.errors import SettingError
from zerosweep.figures.names import report_figures
from zerosweep.metrics import DIRECTIONS
from zerosweep.nn.initializers import INITIALIZERS
from zerosweep.nn.losses import LOSSES
from zerosweep.nn.registry import MODELS
from zerosweep.optim.registry import OPTIMIZERS
from zerosweep.optim.regularizers import REGULARIZERS
from zerosweep.optim.schedules import SCHEDULES
from zerosweep.places import TRAIN, home
from zerosweep.recipe import Purpose, Recipe, number, one_of, setting
from zerosweep.tasks.registry import TASKS
from zerosweep.tracking.environment import DEFAULT, default_experiment
from zerosweep.training.loop import Trainer

GROUPS: dict[str, Mapping[str, type[Recipe]]] = {
    "task": TASKS,
    "dataset": DATASETS,
    "model": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "regularizer": REGULARIZERS,
    "init": INITIALIZERS,
    "loss": LOSSES,
}
"""Schemas of each config group, by name."""

LONGEST_NAME = 250
"""Largest number of characters of a name that MLflow accepts."""

SWEEP_NAME = re.compile(r"[^\W_][\w .:-]{0,99}")
"""Pattern of a sweep's id, which is part of the name of a tag and of the file of a study."""


@dataclass
class Tracking(Recipe):
    """Where runs are recorded, and which optional artifacts are saved.

    Attributes:
        uri: The URI of an MLflow store; null for $MLFLOW_TRACKING_URI, or else for SQLite under mlruns/.
        experiment: The name of the MLflow experiment, by default $MLFLOW_EXPERIMENT_NAME, or else zerosweep.
        run_name: The name of the run, by default $MLFLOW_RUN_NAME; null for what differs.
        sweep: The id of the sweep that the run belongs to; null for an id that the sweep chooses.
        figures: Draw the figures of each run.
        model: Save a model that `mlflow models serve` can serve.
    """

    purpose = Purpose.COMMAND

    uri: str | None = setting(None, Purpose.PLACE)
    experiment: str = setting(DEFAULT, Purpose.PLACE)
    run_name: str | None = None
    sweep: str | None = None
    figures: bool = setting(True, Purpose.KEEPS)
    model: bool = setting(False, Purpose.KEEPS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.experiment.strip():
            raise SettingError("experiment", self.experiment, "must be the name of an MLflow experiment")
        for name in ("experiment", "run_name"):
            if len(getattr(self, name) or "") > LONGEST_NAME:
                allowed = f"must be at most {LONGEST_NAME} characters"
                raise SettingError(name, getattr(self, name), allowed)
        if not self.experiment.isprintable():
            raise SettingError("experiment", self.experiment, "must be one line, without control characters")
        if self.sweep is not None and not SWEEP_NAME.fullmatch(self.sweep):
            allowed = "must be at most 100 letters, digits, spaces or signs of -_.: and begin with a letter or digit"
            raise SettingError("sweep", self.sweep, allowed)


@dataclass
class Objective(Recipe):
    """What a run is judged by: the last value of a metric.

    Attributes:
        metric: The name of the metric.
        direction: maximize or minimize.
    """

    purpose = Purpose.JUDGES

    metric: str = "val/accuracy"
    direction: str = one_of(*DIRECTIONS)


@dataclass
class Diagnose(Recipe):
    """What happens after a run that did not learn.

    Attributes:
        verify: Also do the run that the diagnosis suggests, and report its result in the diagnosis.
    """

    purpose = Purpose.COMMAND

    verify: bool = False


@dataclass
class Report(Recipe):
    """Report of a sweep. A setting that is null is chosen by which settings varied.

    Attributes:
        figure: curves, heat_map, intervals, histograms (of activations), traces (with trainer.trace=true),
            trajectories, gradient_field, gradients (with trainer.gradient=both), weight_scales, landscapes,
            optimizers, regularizers, training_cost, two_layer,
            rounding, ridge_lasso, penalty_strength, or none.
        y: The metric to draw, or a list of metrics, each drawn as a line; null for the metric of the objective.
        panels: The setting that has a panel for each value.
        lines: The setting that has a line for each value, or a row of a heat map.
        x: The setting along the x-axis of a heat map.
        findings: Names of published findings to check the runs for.
    """

    purpose = Purpose.REPORTS

    figure: str | None = None
    y: Any = None
    panels: str | None = None
    lines: str | None = None
    x: str | None = None
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.figure is not None and self.figure not in report_figures():
            allowed = f"must be null or one of {', '.join(report_figures())}"
            raise SettingError("figure", self.figure, allowed, report_figures())
        if not all(isinstance(metric, str) for metric in self.metrics) or self.y == []:
            shown = str(self.y).replace(" ", "")
            raise SettingError("y", shown, "must be a metric or a list of them, as in [train/accuracy,test/accuracy]")

    @property
    def metrics(self) -> list[str]:
        """The metrics of `y`; [] for the metric of the objective."""
        return self.y if isinstance(self.y, list) else [] if self.y is None else [self.y]


@dataclass
class Settings(Recipe):
    """All settings of a run and of its command. Those that the task does not use (`Task.unused`) are null.

    Attributes:
        task: What is minimised.
        dataset: Labelled examples.
        model: The network.
        optimizer: The rule that moves the parameters.
        schedule: The course of the learning rate.
        regularizer: Penalties on weights, and dropout.
        init: The distribution of the initial weights.
        loss: The loss of a mini-batch.
        plugins: Python files that add parts, as in plugins=[lion.py], or null.
        seed: The seed of every random draw (init, batches, dropout, split), >= 0.
        bn: Batch normalization between each hidden layer and its activation.
        trainer: The training loop.
        tracking: The record in MLflow.
        objective: What a run is judged by.
        diagnose: What happens after a run that did not learn.
        report: The report of a sweep.
        plan: List the runs, and which of them are recorded already, and stop.
        reuse: Take the result of a run that is recorded already from the record.
        rerun: The id of a run to do again and to compare metric for metric.
    """

    task: Any = None
    dataset: Any = None
    model: Any = None
    optimizer: Any = None
    schedule: Any = None
    regularizer: Any = None
    init: Any = None
    loss: Any = None
    plugins: Any = setting(None, Purpose.PLACE)
    seed: int = number(0, at_least=0)
    bn: bool = False
    trainer: Trainer = field(default_factory=lambda: Trainer(epochs=10))
    tracking: Tracking = field(default_factory=Tracking)
    objective: Objective = field(default_factory=Objective)
    diagnose: Diagnose = field(default_factory=Diagnose)
    report: Report = field(default_factory=Report)
    plan: bool = setting(False, Purpose.COMMAND)
    reuse: bool = setting(True, Purpose.COMMAND)
    rerun: str | None = setting(None, Purpose.COMMAND)


def register() -> None:
    """Register the schemas and the resolvers with Hydra. Safe to repeat.

    From then on the booleans of our schemas are only true and false. The resolvers are
    `${project:}`, the folder that holds mlruns/; `${unless:a,b}`, b if a is null, and null if it is not; `${output_dir:}`,
    the folder of the job that Hydra runs; `${experiment:uri}`, the experiment that the environment names; `${train:}`,
    the command that trains; `${options:}` and `${settings:}`, the texts of `--help`.
    """
    be_strict()
    store = ConfigStore.instance()
    # Hydra copies the store with all schemas whenever it composes a configuration or lists a group, although it also
    # copies each schema that it loads. Without the first copy `--help` and each run of a sweep are about twice as fast.
    store.__deepcopy__ = lambda memo: store  # type: ignore[attr-defined]
    # The schemas are in no group of their own, because each group makes `--help` slower.
    store.store(name="schema_settings", node=Settings, provider="zerosweep")
    for group, schemas in GROUPS.items():
        for name, schema in schemas.items():
            store.store(name=f"schema_{group}_{name}", node=schema, provider="zerosweep")
    OmegaConf.register_new_resolver("project", lambda: str(home()), replace=True)
    OmegaConf.register_new_resolver("train", lambda: TRAIN, replace=True)
    OmegaConf.register_new_resolver(
        "options", lambda: help.groups(GlobalHydra.instance().config_loader()), replace=True
    )
    OmegaConf.register_new_resolver("settings", lambda *, _root_: help.settings(Settings, _root_), replace=True)
    OmegaConf.register_new_resolver("experiment", default_experiment, replace=True)
    OmegaConf.register_new_resolver("output_dir", output_dir, replace=True)
    OmegaConf.register_new_resolver(
        "unless", lambda given, otherwise: otherwise if given is None else None, replace=True
    )


def output_dir() -> Any:
    """Return hydra.runtime.output_dir unresolved, because a folder's name may contain "${"."""
    runtime: Any = HydraConfig.get().runtime
    return runtime._get_node("output_dir")._value()

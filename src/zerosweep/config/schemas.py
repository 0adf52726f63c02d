"""The schema of every config group, registered with Hydra.

A component's dataclass is its schema. The YAML of an option names it in its defaults list, as `/schema_optimizer_adam@_here_`,
and so inherits its settings, types and default values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from zerosweep import PROJECT
from zerosweep.config.calls import install as refuse_calls
from zerosweep.data.registry import DATASETS
from zerosweep.errors import SettingError
from zerosweep.figures.comparison.names import FIGURES
from zerosweep.nn.initializers import INITIALIZERS
from zerosweep.nn.losses import LOSSES
from zerosweep.nn.registry import MODELS
from zerosweep.optim.registry import OPTIMIZERS
from zerosweep.optim.regularizers import REGULARIZERS
from zerosweep.optim.schedules import SCHEDULES
from zerosweep.recipe import Recipe, number, one_of
from zerosweep.tasks.registry import TASKS
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
"""Each config group's schemas, by name."""


@dataclass
class Tracking(Recipe):
    """Where and what to record. uri: of an MLflow store, else $MLFLOW_TRACKING_URI, else SQLite under mlruns/.
    run_name: null for the overrides. sweep: the id of the sweep that the run belongs to, null for the sweep's own choice.
    figures: draw them. model: also keep a model that MLflow can serve."""

    uri: str | None = None
    experiment: str = "zerosweep"
    run_name: str | None = None
    sweep: str | None = None
    figures: bool = True
    model: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.experiment.strip():
            raise SettingError("experiment", self.experiment, "must be the name of an MLflow experiment")


TEST = "test/"
"""How metrics of the test data begin."""


def refuse_test(setting: str, metric: str) -> None:
    """A `SettingError` for a metric of the test data, where `setting` says what to optimise: a choice by them would spoil them."""
    if metric.startswith(TEST):
        allowed = "test figures are recorded, never optimised; must be measured on validation or training data"
        raise SettingError(setting, metric, allowed)


@dataclass
class Objective(Recipe):
    """What a run is judged by: the last value of a metric, and which way is better."""

    metric: str = "val/accuracy"
    direction: str = one_of("maximize", "minimize")


@dataclass
class Diagnose(Recipe):
    """What follows on a run that did not learn. verify: also do the run that its diagnosis suggests, and tell what came of it."""

    verify: bool = False


@dataclass
class Report(Recipe):
    """How the report of a sweep draws it; null is chosen from what varied.

    figure: one of `figures.comparison.names.FIGURES`. y: the metric drawn, or a list of them, which are then the lines; null
    for the objective's. panels, lines: the setting that makes a panel, and a line, of curves. x: the setting along a heat
    map, whose rows are the setting `lines`.
    findings: names of published findings that the runs are checked for.
    """

    figure: str | None = None
    y: Any = None
    panels: str | None = None
    lines: str | None = None
    x: str | None = None
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.figure is not None and self.figure not in FIGURES:
            allowed = f"must be null or one of {', '.join(FIGURES)}"
            raise SettingError("figure", self.figure, allowed, FIGURES)
        if not all(isinstance(metric, str) for metric in self.metrics) or self.y == []:
            shown = str(self.y).replace(" ", "")
            raise SettingError("y", shown, "must be a metric or a list of them, as in [train/accuracy,test/accuracy]")

    @property
    def metrics(self) -> list[str]:
        """Those of `y`; none where they are the objective's."""
        return self.y if isinstance(self.y, list) else [] if self.y is None else [self.y]


@dataclass
class Settings(Recipe):
    """The top level. A group that the task has no use for is null. seed: >= 0; bn: batch normalization.

    Of the command and not of the run: plan: only list the runs; reuse: answer from the record what stands in it; rerun: the
    id of a run to do again and compare.
    """

    task: Any = None
    dataset: Any = None
    model: Any = None
    optimizer: Any = None
    schedule: Any = None
    regularizer: Any = None
    init: Any = None
    loss: Any = None
    seed: int = number(0, at_least=0)
    bn: bool = False
    trainer: Trainer = field(default_factory=lambda: Trainer(epochs=10))
    tracking: Tracking = field(default_factory=Tracking)
    objective: Objective = field(default_factory=Objective)
    diagnose: Diagnose = field(default_factory=Diagnose)
    report: Report = field(default_factory=Report)
    plan: bool = False
    reuse: bool = True
    rerun: str | None = None


def register() -> None:
    """Make the schemas known to Hydra, and three resolvers to the config files; refuse code in configurations. Safe to repeat.

    ${project:} is the project's folder; ${unless:a,b} is b where a is null, and null where it is not; ${options:} lists each
    group with its options. Schemas stand outside of any group: each group more makes `--help` slower.
    """
    refuse_calls()
    store = ConfigStore.instance()
    # Hydra copies the store, with every schema in it, each time it composes or lists a group; what it loads from the store
    # it copies anyway. Without the first copy `--help` and each run of a sweep are about twice as fast.
    store.__deepcopy__ = lambda memo: store  # type: ignore[attr-defined]
    store.store(name="schema_settings", node=Settings, provider="zerosweep")
    for group, schemas in GROUPS.items():
        for name, schema in schemas.items():
            store.store(name=f"schema_{group}_{name}", node=schema, provider="zerosweep")
    OmegaConf.register_new_resolver("project", lambda: str(PROJECT), replace=True)
    OmegaConf.register_new_resolver("options", options, replace=True)
    OmegaConf.register_new_resolver(
        "unless", lambda given, otherwise: otherwise if given is None else None, replace=True
    )


def options() -> str:
    """A line for each config group with its options, for `--help`."""
    folders = [*sorted(folder for folder in (PROJECT / "conf").iterdir() if folder.is_dir()), PROJECT / "sweeps"]
    return "\n".join(
        f"{folder.name}: {', '.join(sorted(file.stem for file in folder.glob('*.yaml')))}" for folder in folders
    )

"""The schema of every config group, registered with Hydra.

A component's dataclass is its schema. The YAML of an option names it in its defaults list, as `/schema_optimizer_adam@_here_`,
and so inherits its settings, types and default values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from zerosweep import PROJECT
from zerosweep.config.calls import install as refuse_calls
from zerosweep.config.switches import be_strict
from zerosweep.data.registry import DATASETS
from zerosweep.errors import SettingError
from zerosweep.figures.names import FIGURES
from zerosweep.metrics import DIRECTIONS
from zerosweep.nn.initializers import INITIALIZERS
from zerosweep.nn.losses import LOSSES
from zerosweep.nn.registry import MODELS
from zerosweep.optim.registry import OPTIMIZERS
from zerosweep.optim.regularizers import REGULARIZERS
from zerosweep.optim.schedules import SCHEDULES
from zerosweep.recipe import Purpose, Recipe, number, one_of, setting
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

OF_A_NETWORK = ("dataset", "model", "regularizer", "init", "loss")
"""The groups of task=classification, which a surface has no use for."""


LONGEST_NAME = 250
"""Characters of a name, for which MLflow's columns have room."""

SWEEP_NAME = re.compile(r"[^\W_][\w .:-]{0,99}")
"""A sweep's name is part of the name of a tag, and of a study's file."""


@dataclass
class Tracking(Recipe):
    """Where and what to record. uri: of an MLflow store, else $MLFLOW_TRACKING_URI, else SQLite under mlruns/.
    run_name: null for the overrides. sweep: the id of the sweep that the run belongs to, null for the sweep's own choice.
    figures: draw them. model: also keep a model that MLflow can serve."""

    purpose = Purpose.COMMAND

    uri: str | None = setting(None, Purpose.PLACE)
    experiment: str = setting("zerosweep", Purpose.PLACE)
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
    """What a run is judged by: the last value of a metric, and which way is better."""

    purpose = Purpose.JUDGES

    metric: str = "val/accuracy"
    direction: str = one_of(*DIRECTIONS)


@dataclass
class Diagnose(Recipe):
    """What follows on a run that did not learn. verify: also do the run that its diagnosis suggests, and tell what came of it."""

    purpose = Purpose.COMMAND

    verify: bool = False


@dataclass
class Report(Recipe):
    """How the report of a sweep draws it; null is chosen from what varied.

    figure: one of `figures.names.FIGURES`. y: the metric drawn, or a list of them, which are then the lines; null
    for the objective's. panels, lines: the setting that makes a panel, and a line, of curves. x: the setting along a heat
    map, whose rows are the setting `lines`.
    findings: names of published findings that the runs are checked for.
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
    plan: bool = setting(False, Purpose.COMMAND)
    reuse: bool = setting(True, Purpose.COMMAND)
    rerun: str | None = setting(None, Purpose.COMMAND)


def register() -> None:
    """Make the schemas known to Hydra, and four resolvers to the config files; have switches be true or false, and refuse code in
    configurations. Safe to repeat.

    ${project:} is the project's folder; ${unless:a,b} is b where a is null, and null where it is not; ${options:} lists each
    group with its options; ${output_dir:} is the folder of the job that Hydra runs. Schemas stand outside of any group: each group more makes `--help` slower.
    """
    be_strict()
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
    OmegaConf.register_new_resolver("output_dir", output_dir, replace=True)
    OmegaConf.register_new_resolver(
        "unless", lambda given, otherwise: otherwise if given is None else None, replace=True
    )


def output_dir() -> Any:
    """Return hydra.runtime.output_dir as it is: Hydra would take a ${ in the folder's name for an interpolation."""
    runtime: Any = HydraConfig.get().runtime
    return runtime._get_node("output_dir")._value()


def options() -> str:
    """A line for each config group with its options, for `--help`."""
    folders = [*sorted(folder for folder in (PROJECT / "conf").iterdir() if folder.is_dir()), PROJECT / "sweeps"]
    return "\n".join(
        f"{folder.name}: {', '.join(sorted(file.stem for file in folder.glob('*.yaml')))}" for folder in folders
    )

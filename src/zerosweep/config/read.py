"""Conversion of a composed configuration into checked recipes and plain values."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.names import differing
from zerosweep.config.plugin_files import check_loaded
from zerosweep.config.recipes import plain_of, recipe_of, refuse_unknown_names, settings_of
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.config.surroundings import Surroundings
from zerosweep.errors import SettingError, UserError
from zerosweep.naming import run_name
from zerosweep.places import CONF
from zerosweep.tasks.task import Task

log = logging.getLogger(__name__)

BOOLEAN = re.compile(r"=(True|False)$")
"""A boolean of an override, as Hydra may write it."""


@dataclass(frozen=True)
class Config:
    """Configuration of one run.

    Attributes:
        settings: The recipe of every config group and section.
        choices: The chosen option of each config group that is not null.
        overrides: The overrides of the command line and of the sweep.
        resolved: All settings as plain values, by section.
        folder: The folder for the log of the run.
        sweep: The id of the sweep that the run belongs to, or None.
        flags: Flags of Hydra that select the configuration files, as in `--config-name mine`.
        around: What Hydra's settings ask for around a job of a sweep; None for nothing. Hydra itself sees to a run
            that is no job.
        name_in_sweep: The name that tells the run from the others of its sweep; "" for a run on its own.
    """

    settings: Settings
    choices: dict[str, str]
    overrides: list[str]
    resolved: dict[str, Any]
    folder: Path
    sweep: str | None
    flags: tuple[str, ...] = ()
    around: Surroundings | None = None
    name_in_sweep: str = ""

    @property
    def yaml(self) -> str:
        """All settings as YAML."""
        return to_yaml(self.resolved)

    @property
    def name(self) -> str:
        """The name of the run: what differs in its sweep or, on its own, from the defaults; "default" for nothing."""
        return self.name_in_sweep or run_name(differing(self.overrides, self.choices, self.settings))

    def with_enabled(self, names: Iterable[str]) -> Config:
        """Return this configuration with some settings true.

        Args:
            names: Dotted names of settings in sections, as in `trainer.trace`.
        """
        settings, resolved, overrides = self.settings, dict(self.resolved), list(self.overrides)
        for name in sorted(names):
            section, setting = name.split(".")
            inner = replace(getattr(settings, section), **{setting: True})
            settings = replace(settings, **{section: inner})
            resolved[section] = resolved[section] | {setting: True}
            overrides.append(f"{name}=true")
        return replace(self, settings=settings, resolved=resolved, overrides=overrides)

    @property
    def schemas(self) -> dict[str, str]:
        """The name of each config group's schema. With `resolved` it is enough to rebuild the settings."""
        kinds = {group: type(getattr(self.settings, group)) for group in self.choices}
        return {group: next(name for name, kind in GROUPS[group].items() if kind is kinds[group]) for group in kinds}

    def flat(self) -> dict[str, Any]:
        """Return the value of every setting by its dotted name, and each chosen option by the name of its group."""
        values: dict[str, Any] = dict(self.choices)
        without = {*GROUPS, *self.settings.task.unused}

        def walk(prefix: str, value: Any) -> None:
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(f"{prefix}.{key}" if prefix else key, inner)
            elif prefix not in without:  # what is null has no settings of its own
                values[prefix] = value

        walk("", asdict(self.settings))
        return values


def to_settings(cfg: DictConfig) -> Settings:
    """Return the recipes of a composed configuration, null where its task does not use them. `hydra` is ignored.

    Raises:
        SettingError: A value is out of range, or a setting is unknown. The error has the full dotted name.
    """
    names = [setting.name for setting in fields(Settings)]
    refuse_unknown_names(cfg, "", {*names, "hydra"})
    return settings_of({name: recipe_of(cfg, name) for name in names})


def read(cfg: DictConfig) -> Config:
    """Return the configuration of the job that Hydra is running."""
    hydra = HydraConfig.get()
    config = job_config(cfg, hydra)
    if hydra.mode is RunMode.MULTIRUN and config.sweep is None:  # a third-party sweeper
        return replace(config, sweep=Path(hydra.sweep.dir).name)
    return config


def rebuilt(resolved: Mapping[str, Any], schemas: Mapping[str, str]) -> Settings:
    """Return the settings from which a `Config` was made.

    Args:
        resolved: Its plain values, by section.
        schemas: The name of each config group's schema.

    Raises:
        UserError: A schema does not have one of the settings, as after a change of version.
    """
    values = dict(resolved)
    sections = {setting.name: setting.default_factory for setting in fields(Settings)}
    for name, value in resolved.items():
        kind: Any = GROUPS[name][schemas[name]] if name in schemas else None
        if kind is None and isinstance(value, dict):
            kind = type(sections[name]())  # type: ignore[operator]
        try:
            values[name] = kind(**value) if kind else value
        except TypeError as error:
            raise UserError(f"{name}: {str(error).partition(') ')[2] or error}; recorded by another version?") from None
    return Settings(**values)


def to_yaml(values: list[Any] | dict[str, Any]) -> str:
    """Return plain values as YAML."""
    return OmegaConf.to_yaml(OmegaConf.create(values))


def from_yaml(text: str) -> Any:
    """Return the plain values in a YAML text."""
    return OmegaConf.to_container(OmegaConf.create(text))


def job_config(cfg: DictConfig, hydra: Any) -> Config:
    """Return the configuration of one job.

    Args:
        cfg: The composed configuration. Its node `hydra` is ignored.
        hydra: The node `hydra` as Hydra resolves it for the job.
    """
    check_loaded(plain_of(cfg, "plugins"))
    return config_of(
        to_settings(cfg),
        {str(name): plain_of(cfg, str(name)) for name in cfg if name != "hydra"},
        hydra.overrides.task,
        hydra.runtime.choices,
        folder_of(hydra),
        flags_of(hydra),
    )


def config_of(
    settings: Settings,
    plain: Mapping[str, Any],
    overrides: Iterable[str],
    options: Mapping[str, Any],
    folder: Path,
    flags: tuple[str, ...],
) -> Config:
    """Return the configuration of a job from its parts.

    Args:
        settings: Its settings.
        plain: All values, by section, also those that its task does not use.
        overrides: Its overrides.
        options: The chosen option of each config group.
        folder: Its folder.
        flags: The flags that select the configuration files.

    Raises:
        SettingError: An override is for a section that the task does not have.
    """
    given = [*overrides]
    _check_unused(given, plain, settings.task, str(options["task"]))
    return Config(
        settings=settings,
        choices={group: str(options[group]) for group in GROUPS if getattr(settings, group) is not None},
        overrides=[BOOLEAN.sub(lambda word: word[0].lower(), override) for override in given],
        resolved={**plain, **dict.fromkeys(settings.task.unused)},
        folder=folder,
        sweep=settings.tracking.sweep,
        flags=flags,
    )


def folder_of(hydra: Any) -> Path:
    """Return the folder of a run or of a job of a sweep.

    Args:
        hydra: The node `hydra` as Hydra resolves it.
    """
    multirun = hydra.mode is RunMode.MULTIRUN
    return (Path(hydra.sweep.dir, str(hydra.sweep.subdir)) if multirun else Path(hydra.run.dir)).absolute()


def flags_of(hydra: Any) -> tuple[str, ...]:
    """Return the flags and overrides that have Hydra read configuration files outside the project.

    Folders are absolute.

    Args:
        hydra: The node `hydra` of a composed configuration.
    """
    sources: Any = OmegaConf.to_container(hydra.runtime.config_sources, resolve=False)  # a folder's name may contain ${
    folders = {source["provider"]: source["path"] for source in sources}
    found = []
    if "main" in folders and Path(folders["main"]) != CONF:
        found += ["--config-path", folders["main"]]
    if "command-line" in folders:
        found += ["--config-dir", folders["command-line"]]
    if hydra.job.config_name != "config":
        found += ["--config-name", hydra.job.config_name]
    return (*found, *(one for one in hydra.overrides.hydra if one.startswith("hydra.searchpath=")))


def _check_unused(overrides: Iterable[str], plain: Mapping[str, Any], task: Task, option: str) -> None:
    """Check the overrides for settings that the task does not use.

    Such an override is refused if the task is on the command line too, and reported if the task comes from a named
    sweep. A setting that a file chooses is ignored.
    """
    if not task.unused:
        return
    values = dict(override.lstrip("+").split("=", 1) for override in overrides if "=" in override)
    for name, value in values.items():
        section = name.partition(".")[0]
        if section in task.unused and plain[section] is not None:
            if "task" in values:
                allowed = f"task={option} has no {section}; leave it out, or sweep each task on its own"
                raise SettingError(name, value, allowed)
            _report_once(f"{name}={value} is unused: task={option} has no {section}")


@cache
def _report_once(line: str) -> None:
    """Log a warning, once in each process."""
    log.warning(line)

"""A composed configuration as checked recipes and plain values."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from zerosweep import PROJECT
from zerosweep.config.purposes import purpose
from zerosweep.config.schemas import GROUPS, OF_A_NETWORK, Settings
from zerosweep.errors import SettingError, UserError, no_such_setting
from zerosweep.masking import masked
from zerosweep.recipe import Purpose
from zerosweep.tasks.surface import Surface

log = logging.getLogger(__name__)

TELLING = (Purpose.NUMBERS, Purpose.JUDGES)
"""What a setting is for that a person would call a run by."""


@dataclass(frozen=True)
class Config:
    """One run's configuration.

    settings: every group as its recipe. choices: the option chosen in each group that is not null. overrides: what was
    typed or swept. resolved: the whole as plain values. folder: where the run's log goes. sweep: the id of the sweep that the
    run belongs to, or None. flags: those of Hydra's that chose the configuration files, as in `--config-name mine`.
    """

    settings: Settings
    choices: dict[str, str]
    overrides: list[str]
    resolved: dict[str, Any]
    folder: Path
    sweep: str | None
    flags: tuple[str, ...] = ()

    @property
    def yaml(self) -> str:
        """The whole as YAML."""
        return as_yaml(self.resolved)

    @property
    def telling(self) -> str:
        """What a person would call the run: its overrides, without those that say where things lie, or of the command."""
        names = {override: override.partition("=")[0].lstrip("+") for override in self.overrides}
        kept = [override for override, name in names.items() if name != "sweeps" and purpose(name) in TELLING]
        return masked(" ".join(kept)) or "default"

    def keeping(self, names: Iterable[str]) -> Config:
        """The same with these settings true too, given as in `trainer.trace`."""
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
        """By group, the name of its recipe's kind: with `resolved`, all that it takes to make the settings again."""
        kinds = {group: type(getattr(self.settings, group)) for group in self.choices}
        return {group: next(name for name, kind in GROUPS[group].items() if kind is kinds[group]) for group in kinds}

    def flat(self) -> dict[str, Any]:
        """Every setting by its dotted name, and each group's choice by the group's name."""
        values: dict[str, Any] = dict(self.choices)

        def walk(prefix: str, value: Any) -> None:
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(f"{prefix}.{key}" if prefix else key, inner)
            elif prefix not in GROUPS:  # a group that is null has no settings
                values[prefix] = value

        walk("", asdict(self.settings))
        return values


def to_settings(cfg: DictConfig) -> Settings:
    """The recipes of a composed configuration (its `hydra` node, if any, is passed over).

    A value out of range is a `SettingError` that names the setting by its whole dotted name.
    """
    values: dict[str, Any] = {}
    _refuse_unknown(cfg, "", {setting.name for setting in fields(Settings)} | {"hydra"})
    for setting in fields(Settings):
        node = cfg._get_node(setting.name)
        schema = OmegaConf.get_type(node)
        if schema is not None and is_dataclass(schema):
            _refuse_unknown(node, setting.name, {inner.name for inner in fields(schema)})
        try:
            values[setting.name] = OmegaConf.to_object(node) if OmegaConf.is_config(node) else cfg[setting.name]
        except SettingError as error:
            raise error.within(setting.name) from None
    for group in ("task", "optimizer", "schedule"):
        if values[group] is None:
            raise SettingError(group, "null", "must be chosen")
    for group in GROUPS:
        if values[group] is not None and not isinstance(values[group], tuple(GROUPS[group].values())):
            raise SettingError(group, values[group], "must be one of the group's options, as in optimizer=adam")
    return Settings(**values)


def _plain(cfg: DictConfig, name: str) -> Any:
    value = cfg[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _refuse_unknown(node: Any, prefix: str, names: set[str]) -> None:
    """Settings added with + that no schema knows would otherwise be passed over in silence."""
    for key in node:
        if key not in names:
            setting = f"{prefix}.{key}" if prefix else str(key)
            raise SettingError(setting, node[key], no_such_setting(str(key), prefix, names))


def read(cfg: DictConfig) -> Config:
    """The configuration of the job that Hydra is running."""
    hydra = HydraConfig.get()
    config = of_job(cfg, hydra)
    if hydra.mode is RunMode.MULTIRUN and config.sweep is None:  # a sweeper that is not ours
        return replace(config, sweep=Path(hydra.sweep.dir).name)
    return config


def rebuilt(resolved: Mapping[str, Any], schemas: Mapping[str, str]) -> Settings:
    """The settings that a `Config` of these `resolved` values and `schemas` was read from.

    Values that the schemas do not take, of another version of the program, are a `UserError`."""
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


def as_yaml(values: list[Any] | dict[str, Any]) -> str:
    """Plain values as YAML."""
    return OmegaConf.to_yaml(OmegaConf.create(values))


def of_yaml(text: str) -> Any:
    """Plain values from YAML."""
    return OmegaConf.to_container(OmegaConf.create(text))


def of_job(cfg: DictConfig, hydra: Any) -> Config:
    """The configuration of one job. cfg: composed; its `hydra` node, if any, is passed over for `hydra`, with all of it resolved
    as Hydra resolves it for a job."""
    settings, resolved = to_settings(cfg), {str(name): _plain(cfg, str(name)) for name in cfg if name != "hydra"}
    unused: dict[str, Any] = dict.fromkeys(_unused(settings, hydra))
    settings, resolved = replace(settings, **unused), resolved | unused
    multirun = hydra.mode is RunMode.MULTIRUN
    folder = Path(hydra.sweep.dir, str(hydra.sweep.subdir)) if multirun else Path(hydra.run.dir)
    return Config(
        settings=settings,
        choices={group: str(hydra.runtime.choices[group]) for group in GROUPS if getattr(settings, group) is not None},
        overrides=[
            re.sub(r"=(True|False)$", lambda word: word[0].lower(), override) for override in hydra.overrides.task
        ],
        resolved=resolved,
        folder=folder.absolute(),
        sweep=settings.tracking.sweep,
        flags=flags_of(hydra),
    )


def flags_of(hydra: Any) -> tuple[str, ...]:
    """Return the flags and settings that have Hydra read other configuration files than the project's own; folders are absolute.

    Args:
        hydra: Hydra's own node of a composed configuration.
    """
    folders = {source.provider: source.path for source in hydra.runtime.config_sources}
    found = []
    if "main" in folders and Path(folders["main"]) != PROJECT / "conf":
        found += ["--config-path", folders["main"]]
    if "command-line" in folders:
        found += ["--config-dir", folders["command-line"]]
    if hydra.job.config_name != "config":
        found += ["--config-name", hydra.job.config_name]
    return (*found, *(one for one in hydra.overrides.hydra if one.startswith("hydra.searchpath=")))


def _unused(settings: Settings, hydra: Any) -> list[str]:
    """Return the groups that are chosen although the task has no use for them.

    One that was typed is refused where the task was typed too, and reported where the task is of a named sweep. The other
    way round, the task takes the place of what a file chooses.
    """
    if not isinstance(settings.task, Surface):
        return []
    chosen = [group for group in OF_A_NETWORK if getattr(settings, group) is not None]
    typed = {override.partition("=")[0].lstrip("+") for override in hydra.overrides.task}
    for group in chosen:
        if group in typed:
            option = hydra.runtime.choices[group]
            if "task" in typed:
                raise SettingError(
                    group, option, f"task=surface has no {group}; leave it out, or sweep the tasks apart"
                )
            _report_once(f"{group}={option} is unused: task=surface has no {group}")
    return chosen


@cache
def _report_once(line: str) -> None:
    log.warning(line)

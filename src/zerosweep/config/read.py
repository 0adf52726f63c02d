"""A composed configuration as checked recipes and plain values."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.errors import SettingError, no_such_setting


@dataclass(frozen=True)
class Config:
    """One run's configuration.

    settings: every group as its recipe. choices: the option chosen in each group that is not null. overrides: what was
    typed or swept. resolved: the whole as YAML. sweep: the id of the sweep that the run belongs to, or None.
    """

    settings: Settings
    choices: dict[str, str]
    overrides: list[str]
    resolved: str
    sweep: str | None

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


def _refuse_unknown(node: Any, prefix: str, names: set[str]) -> None:
    """Settings added with + that no schema knows would otherwise be passed over in silence."""
    for key in node:
        if key not in names:
            setting = f"{prefix}.{key}" if prefix else str(key)
            raise SettingError(setting, node[key], no_such_setting(str(key), prefix, names))


def read(cfg: DictConfig) -> Config:
    """The configuration of the job that Hydra is running."""
    hydra = HydraConfig.get()
    return Config(
        settings=to_settings(cfg),
        choices={group: str(hydra.runtime.choices[group]) for group in GROUPS if cfg[group] is not None},
        overrides=[
            re.sub(r"=(True|False)$", lambda word: word[0].lower(), override) for override in hydra.overrides.task
        ],
        resolved=OmegaConf.to_yaml(cfg, resolve=True),
        sweep=Path(hydra.sweep.dir).name if hydra.mode is RunMode.MULTIRUN else None,
    )

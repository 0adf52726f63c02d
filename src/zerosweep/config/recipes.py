"""Conversion of the sections of a composed configuration into checked recipes and plain values."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf

from zerosweep.config.nearest import unknown_setting
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.errors import SettingError
from zerosweep.tasks.task import Task


def recipe_of(cfg: DictConfig, name: str) -> Any:
    """Return the recipe of one section of a composed configuration, or the value of a setting outside of sections.

    Raises:
        SettingError: A value is out of range, or a setting is unknown. The error has the full dotted name.
    """
    node = cfg._get_node(name)
    schema = OmegaConf.get_type(node)
    if schema is not None and is_dataclass(schema):
        refuse_unknown_names(node, name, {inner.name for inner in fields(schema)})
    try:
        return OmegaConf.to_object(node) if OmegaConf.is_config(node) else cfg[name]
    except SettingError as error:
        raise error.within(name) from None


def settings_of(values: dict[str, Any]) -> Settings:
    """Return the settings with these recipes, null where the task does not use them.

    Raises:
        SettingError: The recipe of a section is missing, or of a wrong kind.
    """
    if values["task"] is None:
        raise SettingError("task", "null", "must be chosen")
    for group in GROUPS:
        if values[group] is not None and not isinstance(values[group], tuple(GROUPS[group].values())):
            raise SettingError(group, values[group], "must be one of the group's options, as in optimizer=adam")
    task: Task = values["task"]
    for group in ("optimizer", "schedule"):
        if values[group] is None and group not in task.unused:
            raise SettingError(group, "null", "must be chosen")
    return Settings(**values | dict.fromkeys(task.unused))


def plain_of(cfg: DictConfig, name: str) -> Any:
    """Return a section of a configuration, or a value outside of sections, without OmegaConf's containers and interpolations."""
    value = cfg[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def refuse_unknown_names(node: Any, prefix: str, names: set[str]) -> None:
    """Refuse unknown settings, which an override with + can add to a node.

    Args:
        node: The node of the configuration.
        prefix: Its dotted name; "" for the top level.
        names: The settings that its schema has.
    """
    for key in node:
        if key not in names:
            setting = f"{prefix}.{key}" if prefix else str(key)
            raise SettingError(setting, node[key], unknown_setting(str(key), prefix, names))

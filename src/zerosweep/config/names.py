"""The settings that a run is called by: those that vary in its sweep, or else its overrides that are no defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from omegaconf import OmegaConf

from zerosweep.config.purposes import purpose
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.places import CONF
from zerosweep.recipe import Purpose

NAMING = (Purpose.NUMBERS, Purpose.JUDGES)
"""Purposes of the settings that are part of a run's name."""

DEFAULT_OPTION = re.compile(r"^ *- (\w+): (\w+)", re.MULTILINE)
"""Pattern of a line of a defaults list that chooses an option. To read the whole file as YAML takes 50 ms."""

MISSING = object()
"""The value of a setting that a run does not have."""


def levels(names: Iterable[str], choices: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return the values that tell a run from others, by setting: the data set unless it is the default, then these.

    Args:
        names: Dotted names of settings, and config groups. Those that the run does not have are left out.
        choices: The chosen option of each config group.
        settings: All settings.
    """
    chosen = {"dataset": choices["dataset"]} if "dataset" in choices else {}
    own = {name: option for name, option in chosen.items() if option != default_options()[name]}
    found = {name: choices.get(name) or _value(settings, name) for name in names if name not in own}
    unused = settings.task.unused
    return own | {
        name: value for name, value in found.items() if value is not MISSING and name.partition(".")[0] not in unused
    }


def differing(overrides: Iterable[str], choices: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return the values of the overrides that make a run another than the default one, by setting.

    Args:
        overrides: The overrides of the run.
        choices: The chosen option of each config group.
        settings: All settings.
    """
    names = dict.fromkeys(override.partition("=")[0].lstrip("+~") for override in overrides)
    named = [name for name in names if name != "sweeps" and purpose(name) in NAMING]
    found = levels(named, choices, settings)
    return {name: value for name, value in found.items() if value != _default(name, choices, settings)}


def _value(settings: Any, name: str) -> Any:
    for part in name.split("."):
        settings = getattr(settings, part, MISSING)
    return settings


def _default(name: str, choices: Mapping[str, str], settings: Settings) -> Any:
    """Return the value that a setting has without an override, where the same options are chosen."""
    group, _, setting = name.partition(".")
    if group not in GROUPS:
        return _value(Settings(), name)
    if not setting:
        return default_options()[group]
    option = _written(group, choices.get(group, ""))
    return option[setting] if setting in option else _value(type(getattr(settings, group))(), setting)


@cache
def default_options() -> Mapping[str, str]:
    """Return the option of each config group that conf/config.yaml chooses."""
    return dict(DEFAULT_OPTION.findall((CONF / "config.yaml").read_text()))


@cache
def _written(group: str, option: str) -> Mapping[str, Any]:
    """Return the values in the file of an option; {} for a plugin's option, which has none."""
    file = CONF / group / f"{option}.yaml"
    plain = OmegaConf.to_container(OmegaConf.load(file)) if file.is_file() else {}
    assert isinstance(plain, dict)
    return {str(name): value for name, value in plain.items()}

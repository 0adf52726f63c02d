"""A run's configuration with one more override, and the command that does a single run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, OmegaConf

from zerosweep.config.purposes import purpose, without_command
from zerosweep.config.read import Config, from_yaml, rebuilt
from zerosweep.config.schemas import GROUPS
from zerosweep.masking import masked
from zerosweep.places import CONF, TRAIN
from zerosweep.recipe import Purpose


def command(overrides: Sequence[str], flags: Sequence[str] = ()) -> str:
    """Return the command that does a single run with these overrides, with secrets masked.

    Args:
        overrides: The overrides of the run, which may be one of a sweep.
        flags: Flags of Hydra that select the configuration files.
    """
    kept = single_run_overrides(overrides)
    one_run = ["hydra.mode=RUN"] if flags or any(override.startswith("sweeps=") for override in kept) else []
    return shlex.join([*TRAIN.split(), *flags, *map(masked, kept), *one_run])


def single_run_overrides(overrides: Sequence[str]) -> list[str]:
    """Return the overrides that a single run needs, without those for the command or the sweep."""
    names = [override.partition("=")[0].lstrip("+") for override in overrides]
    return [
        override
        for override, name in zip(overrides, names, strict=True)
        if not name.startswith("hydra.") and purpose(name) not in (Purpose.COMMAND, Purpose.REPORTS)
    ]


def with_override(overrides: Sequence[str], override: str) -> list[str]:
    """Return `overrides` with `override` in place of those that it replaces.

    Another option of a config group has settings of its own, so `init=he` replaces `init=normal` and `init.scale=0.01`.
    """
    name = override.partition("=")[0]
    replaced = (f"{name}=", f"{name}.") if name in GROUPS else (f"{name}=",)
    return [*(other for other in overrides if not other.lstrip("+").startswith(replaced)), override]


def changed(config: Config, override: str) -> Config:
    """Return the configuration of a single run with one setting, or the option of one config group, changed.

    The run belongs to no sweep and has no name of its own. A new option has the settings of its file.

    Args:
        config: The configuration to change; it stays as it is.
        override: The change, as in `init=he` or `optimizer.lr=0.1`.

    Raises:
        SettingError: The value is out of range.
    """
    name, _, value = override.partition("=")
    resolved, choices, schemas = without_command(config.resolved), dict(config.choices), config.schemas
    if name in GROUPS:
        resolved[name], choices[name], schemas[name] = option(name, value), value, value
    else:
        _put(resolved, name.split("."), from_yaml(f"value: {value}")["value"])
    overrides = single_run_overrides(with_override(config.overrides, override))
    settings = rebuilt(resolved, schemas)
    alone = replace(config, sweep=None, name_in_sweep="")
    return replace(alone, settings=settings, choices=choices, overrides=overrides, resolved=resolved)


def option(group: str, name: str) -> dict[str, Any]:
    """Return the settings of an option, by name. Its schema must have the same name, as for init=he."""
    file = OmegaConf.load(CONF / group / f"{name}.yaml")
    assert isinstance(file, DictConfig)
    file.pop("defaults", None)
    plain = OmegaConf.to_container(OmegaConf.merge(OmegaConf.structured(GROUPS[group][name]), file))
    assert isinstance(plain, dict)
    return {str(setting): value for setting, value in plain.items()}


def _put(values: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a value in nested dictionaries in place."""
    for key in path[:-1]:
        values = values[key]
    values[path[-1]] = float(value) if isinstance(values[path[-1]], float) else value  # 0 and 0.0 differ as text

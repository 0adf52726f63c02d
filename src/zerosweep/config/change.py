"""A configuration with one override more."""

from __future__ import annotations

import copy
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, OmegaConf

from zerosweep import PROJECT
from zerosweep.config.read import Config, of_yaml, rebuilt
from zerosweep.config.schemas import GROUPS
from zerosweep.masking import masked

NOT_OF_A_RUN = ("report.", "diagnose.", "plan=", "reuse=", "rerun=", "tracking.sweep=", "tracking.run_name=", "hydra.")
"""Beginnings of overrides that are of a sweep or a name, and that a run alone does not need."""


def command(overrides: Sequence[str], flags: Sequence[str] = ()) -> str:
    """Return the command that does one run with these overrides alone, also where they are of a sweep; secrets are masked.

    Args:
        flags: Those of Hydra's that chose the configuration files, which may be those of a sweep too.
    """
    kept = [override for override in overrides if not override.startswith(NOT_OF_A_RUN)]
    one_run = ["hydra.mode=RUN"] if flags or any(override.startswith("sweeps=") for override in kept) else []
    return shlex.join(["python", "src/train.py", *flags, *map(masked, kept), *one_run])


def with_override(overrides: Sequence[str], override: str) -> list[str]:
    """`overrides`, and `override` in place of those that it replaces: another option of a group has settings of its own, so
    `init=he` takes the place of `init=normal` and of `init.scale=0.01`."""
    name = override.partition("=")[0]
    replaced = (f"{name}=", f"{name}.") if name in GROUPS else (f"{name}=",)
    return [*(one for one in overrides if not one.lstrip("+").startswith(replaced)), override]


def changed(config: Config, override: str) -> Config:
    """The run of `config` with one setting, or one group's option, another: a run of no sweep, without a name of its own.

    The option of a group comes with its own file's settings. A value out of range is a `SettingError`.
    """
    name, _, value = override.partition("=")
    resolved, choices, schemas = copy.deepcopy(config.resolved), dict(config.choices), config.schemas
    if name in GROUPS:
        resolved[name], choices[name], schemas[name] = option(name, value), value, value
    else:
        _put(resolved, name.split("."), of_yaml(f"value: {value}")["value"])
    resolved |= {"diagnose": {"verify": False}, "plan": False, "rerun": None}
    resolved["tracking"] |= {"run_name": None, "sweep": None}
    overrides = [one for one in with_override(config.overrides, override) if not one.startswith(NOT_OF_A_RUN)]
    return replace(
        config, settings=rebuilt(resolved, schemas), choices=choices, overrides=overrides, resolved=resolved, sweep=None
    )


def option(group: str, name: str) -> dict[str, Any]:
    """The settings of an option that has a schema of its own name, as in init=he."""
    file = OmegaConf.load(PROJECT / "conf" / group / f"{name}.yaml")
    assert isinstance(file, DictConfig)
    file.pop("defaults", None)
    plain = OmegaConf.to_container(OmegaConf.merge(OmegaConf.structured(GROUPS[group][name]), file))
    assert isinstance(plain, dict)
    return {str(setting): value for setting, value in plain.items()}


def _put(values: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        values = values[key]
    values[path[-1]] = float(value) if isinstance(values[path[-1]], float) else value  # 0 is another text than 0.0

"""A configuration with one override more."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, OmegaConf

from zerosweep import PROJECT
from zerosweep.config.purposes import alone, purpose
from zerosweep.config.read import Config, of_yaml, rebuilt
from zerosweep.config.schemas import GROUPS
from zerosweep.masking import masked
from zerosweep.recipe import Purpose


def command(overrides: Sequence[str], flags: Sequence[str] = ()) -> str:
    """Return the command that does one run with these overrides alone, also where they are of a sweep; secrets are masked.

    Args:
        flags: Those of Hydra's that chose the configuration files, which may be those of a sweep too.
    """
    kept = of_run(overrides)
    one_run = ["hydra.mode=RUN"] if flags or any(override.startswith("sweeps=") for override in kept) else []
    return shlex.join(["python", "src/train.py", *flags, *map(masked, kept), *one_run])


def of_run(overrides: Sequence[str]) -> list[str]:
    """Return the overrides that a run by itself needs, without those for its command or its sweep."""
    names = [override.partition("=")[0].lstrip("+") for override in overrides]
    return [
        override
        for override, name in zip(overrides, names, strict=True)
        if not name.startswith("hydra.") and purpose(name) not in (Purpose.COMMAND, Purpose.REPORTS)
    ]


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
    resolved, choices, schemas = alone(config.resolved), dict(config.choices), config.schemas
    if name in GROUPS:
        resolved[name], choices[name], schemas[name] = option(name, value), value, value
    else:
        _put(resolved, name.split("."), of_yaml(f"value: {value}")["value"])
    overrides = of_run(with_override(config.overrides, override))
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

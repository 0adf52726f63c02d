"""Check that each override on a command line has its effect on the settings of the jobs."""

from __future__ import annotations

import math
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import OmegaConf

from zerosweep.config.schemas import GROUPS

TRUE, FALSE = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")


def without_effect(words: list[str], jobs: list[dict[str, Any]]) -> str | None:
    """Return the first overridden setting that has another value in some job; None if every override has its effect.

    Overrides of Hydra's own settings, interpolations and sweeps are skipped.

    Args:
        words: The arguments of the command.
        jobs: The settings of its jobs.
    """
    typed: dict[str, Override] = {}
    for word in words:
        if word.startswith("-") or "=" not in word:
            continue
        try:
            (one,) = OverridesParser.create().parse_overrides([word])
        except HydraException:
            continue
        typed[one.key_or_group] = one
    groups = [name for name in typed if name in GROUPS]
    for name, one in typed.items():
        if name.startswith("hydra") or name == "sweeps" or one.type is OverrideType.DEL or "${" in str(one.input_line):
            continue
        later = list(typed)[list(typed).index(name) + 1 :]
        if (
            one.is_sweep_override()
            or isinstance(one.value(), dict)
            or any(other.startswith(f"{name}.") for other in later)
        ):
            continue
        if name == "task" or (name.partition(".")[0] in GROUPS and "task" in groups):
            continue  # a task may set the groups that it uses
        for job in jobs:
            if name in GROUPS and one.value() is None:
                if name in job:
                    return name
            elif name not in job or not same(one.value(), job[name]):
                return f"{name} ({type(one.value()).__name__})"
    return None


def same(typed: Any, recorded: Any) -> bool:
    """Return whether a job's value of a setting is the value of its override."""
    if OmegaConf.is_config(recorded):
        recorded = OmegaConf.to_container(recorded)
    if isinstance(recorded, list):
        return isinstance(typed, list) and len(typed) == len(recorded) and all(map(same, typed, recorded))
    if typed is None or recorded is None:
        return typed is None and recorded in (None, "null")  # a param is text
    text = str(getattr(typed, "text", typed))
    if isinstance(recorded, bool):
        return text.lower() in (TRUE if recorded else FALSE)
    if isinstance(recorded, int | float):
        try:
            return float(text.replace("_", "")) == recorded or math.isnan(recorded) or int(text, 0) == recorded
        except (ValueError, OverflowError):
            return False
    return text.lower() == str(recorded).lower()

"""Purpose of each setting by its dotted name, as the fields of the schemas declare it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.recipe import Purpose, Recipe


def purpose(setting: str) -> Purpose:
    """Return the purpose of a setting. An unknown one, as of another version, has the purpose of its section."""
    known = purposes()
    return known.get(setting) or known.get(setting.partition(".")[0]) or Purpose.NUMBERS


@cache
def purposes() -> Mapping[str, Purpose]:
    """Return the purpose of every setting of every option, and of every section as a whole."""
    found = dict(Settings.purposes())
    for section, kinds in sections().items():
        for kind in kinds:
            found[section] = kind.purpose
            found |= {f"{section}.{name}": purpose for name, purpose in kind.purposes().items()}
    return found


@cache
def texts() -> frozenset[str]:
    """Return the dotted names of the settings that are text, whose values may look like numbers."""
    kinds: dict[str, list[type[Recipe]]] = {**sections(), "": [Settings]}
    return frozenset(
        f"{section}.{setting.name}" if section else setting.name
        for section, recipes in kinds.items()
        for recipe in recipes
        for setting in fields(recipe)
        if setting.type in ("str", "str | None", str)
    )


def without_command(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a run with every setting that is for one command at its default.

    Args:
        resolved: The resolved values of all settings, by section. They stay as they are.
    """
    values, defaults = copy.deepcopy(dict(resolved)), Settings()
    for setting, declared in purposes().items():
        section, dot, name = setting.partition(".")
        if declared is not Purpose.COMMAND or section in GROUPS:
            continue
        if dot:
            values.setdefault(section, {})[name] = copy.copy(getattr(getattr(defaults, section), name))
        elif section not in sections():
            values[section] = getattr(defaults, section)
    return values


def sections() -> dict[str, list[type[Recipe]]]:
    """Return the recipes that each section may hold: those of the options of a config group, or the only one."""
    sections: dict[str, list[type[Recipe]]] = {
        setting.name: [type(setting.default_factory())]
        for setting in fields(Settings)
        if setting.default_factory is not MISSING
    }
    return sections | {group: [*schemas.values()] for group, schemas in GROUPS.items()}

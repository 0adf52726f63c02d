"""What each setting is for, by its dotted name. All of it follows from the fields of the schemas."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.recipe import Purpose, Recipe


def purpose(setting: str) -> Purpose:
    """Return what a setting is for. One that is unknown, as of another version, has the purpose of its section."""
    known = purposes()
    return known.get(setting) or known.get(setting.partition(".")[0]) or Purpose.NUMBERS


@cache
def purposes() -> Mapping[str, Purpose]:
    """Return the purpose of every setting of every option, and of every section as a whole."""
    found = dict(Settings.purposes())
    for section, kinds in _kinds().items():
        for kind in kinds:
            found[section] = kind.purpose
            found |= {f"{section}.{name}": purpose for name, purpose in kind.purposes().items()}
    return found


def alone(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resolved values of a run by itself: whatever is for one command has its default.

    Args:
        resolved: The values of all settings, by section; not changed.
    """
    values, defaults = copy.deepcopy(dict(resolved)), Settings()
    for setting, its in purposes().items():
        section, dot, name = setting.partition(".")
        if its is not Purpose.COMMAND or section in GROUPS:
            continue
        if dot:
            values.setdefault(section, {})[name] = copy.copy(getattr(getattr(defaults, section), name))
        elif section not in _kinds():
            values[section] = getattr(defaults, section)
    return values


def _kinds() -> dict[str, list[type[Recipe]]]:
    """The recipes that each section may hold: those of a group's options, or the only one."""
    sections: dict[str, list[type[Recipe]]] = {
        setting.name: [type(setting.default_factory())]
        for setting in fields(Settings)
        if setting.default_factory is not MISSING
    }
    return sections | {group: [*schemas.values()] for group, schemas in GROUPS.items()}

"""Command line of programs that do not use Hydra: overrides of some settings among other arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ValidationError

from zerosweep.config.hydra_private import parsed
from zerosweep.config.mistakes import EXPECTED
from zerosweep.config.schemas import Objective, Report, Tracking, register
from zerosweep.errors import SettingError, UserError, no_such_setting, suggestion
from zerosweep.places import CONF
from zerosweep.recipe import Purpose, Recipe

SCHEMAS: dict[str, type[Recipe]] = {"report": Report, "tracking": Tracking, "objective": Objective}
"""Sections that a comparison reads, by name."""

OF_SWEEP = "sweep="
"""Beginning of the argument that names a sweep."""

SETTABLE = {
    group: [name for name, purpose in schema.purposes().items() if group != "tracking" or purpose is Purpose.PLACE]
    for group, schema in SCHEMAS.items()
}
"""Settings that a comparison uses, by section."""

SETTING = re.compile(rf"({'|'.join(SCHEMAS)})\.\w+=.*", re.DOTALL)
"""Pattern of an override."""

MISTYPED = re.compile(r"(\w+)(?:\.[\w.]+)?=[^=\s\"'`]*")
"""Pattern of an argument that looks like an override and not like a filter, which has quotes or spaces."""

SEARCHABLE = re.compile(r"(params?|parameters?|metrics?|tags?|attributes?|attr|run|datasets?)\.|\w+_(id|name|time)=")
"""Pattern of the beginning of a filter in MLflow's syntax."""


@dataclass(frozen=True)
class Words:
    """Arguments of a comparison.

    Attributes:
        tracking: The section of conf/config.yaml with the overrides.
        objective: The section of conf/config.yaml with the overrides.
        report: The section of conf/config.yaml with the overrides.
        typed: The names of the settings that have an override.
        sweep: The id of a sweep, from `sweep=ID`; None without it.
        rest: All other arguments.
    """

    tracking: Tracking
    objective: Objective
    report: Report
    typed: frozenset[str]
    sweep: str | None
    rest: tuple[str, ...]


def read_words(words: Sequence[str]) -> Words:
    """Return the sections and the other arguments of a comparison.

    Args:
        words: The arguments, among them overrides such as `report.y=train/accuracy`.

    Raises:
        SettingError: An override names an unknown setting, or its value is not allowed.
        UserError: An argument looks like a misspelt override, or an override has several values.
    """
    register()
    written = OmegaConf.load(CONF / "config.yaml")
    assert isinstance(written, DictConfig)
    groups = OmegaConf.create({name: OmegaConf.structured(schema) for name, schema in SCHEMAS.items()})
    groups.merge_with({name: written[name] for name in SCHEMAS if name in written})
    settings = [word for word in words if SETTING.fullmatch(word)]
    sweeps = [word.removeprefix(OF_SWEEP) for word in words if word.startswith(OF_SWEEP)]
    if len(sweeps) > 1:
        raise UserError(f"{OF_SWEEP}{sweeps[1]}: one sweep was given already; a filter can name several")
    rest = tuple(word for word in words if not SETTING.fullmatch(word) and not word.startswith(OF_SWEEP))
    for word in rest:
        _refuse_mistyped(word)
    for override in parsed(settings):
        if override.is_sweep_override():
            raise UserError(f"{override.input_line}: takes one value")
        _set(groups, override.key_or_group, override.value(), str(override.input_line).partition("=")[2])
    recipes = {name: _to_recipe(groups, name) for name in SCHEMAS}
    typed = frozenset(word.partition("=")[0] for word in settings)
    return Words(**recipes, typed=typed, sweep=sweeps[0] if sweeps else None, rest=rest)


def _set(groups: DictConfig, setting: str, value: Any, written: str) -> None:
    """Set a value in `groups` in place. `written` is the value as written, for errors."""
    group, _, name = setting.partition(".")
    if name not in SETTABLE[group]:
        raise SettingError(setting, written, no_such_setting(name, group, SETTABLE[group]))
    try:
        groups[group][name] = value
    except ValidationError as error:
        said = str(error).splitlines()[0]
        right = next((right for pattern, right in EXPECTED if re.search(pattern, said)), said)
        raise SettingError(setting, written, right) from None


def _to_recipe(groups: DictConfig, name: str) -> Any:
    """Return the recipe of a section. An error has the full name of the setting."""
    try:
        return OmegaConf.to_object(groups[name])
    except SettingError as error:
        raise error.within(name) from None


def _refuse_mistyped(word: str) -> None:
    """Refuse an argument that looks like a misspelt override. MLflow would answer with a long list of filter keys."""
    found = MISTYPED.fullmatch(word)
    if found and not SEARCHABLE.match(word):
        name, _, value = word.partition("=")
        as_filter = f'; as a filter write params.{name} = "{value}"'
        raise UserError(f"{word}: no such setting{suggestion(found[1], SCHEMAS) or as_filter}")

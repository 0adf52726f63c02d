"""Settings among the words of a command line that is not Hydra's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ValidationError

from zerosweep import PROJECT
from zerosweep.config.mistakes import EXPECTED
from zerosweep.config.schemas import Objective, Report, Tracking, register
from zerosweep.errors import SettingError, UserError, no_such_setting, suggestion
from zerosweep.recipe import Purpose, Recipe

SCHEMAS: dict[str, type[Recipe]] = {"report": Report, "tracking": Tracking, "objective": Objective}

SETTABLE = {
    group: [name for name, its in schema.purposes().items() if group != "tracking" or its is Purpose.PLACE]
    for group, schema in SCHEMAS.items()
}
"""The settings of each group that a comparison has a use for."""

SETTING = re.compile(rf"({'|'.join(SCHEMAS)})\.\w+=.*", re.DOTALL)

MISTYPED = re.compile(r"(\w+)(?:\.[\w.]+)?=[^=\s\"'`]*")
"""What looks like a setting too, and not like a filter, which has quotes, spaces or a number."""

SEARCHABLE = re.compile(r"(params?|parameters?|metrics?|tags?|attributes?|attr|run|datasets?)\.|\w+_(id|name|time)=")
"""How a filter of MLflow's begins."""


@dataclass(frozen=True)
class Words:
    """tracking, objective, report: as typed, else as in conf/config.yaml. typed: the settings' names; rest: all other words."""

    tracking: Tracking
    objective: Objective
    report: Report
    typed: frozenset[str]
    rest: tuple[str, ...]


def read_words(words: Sequence[str]) -> Words:
    """Words such as `report.y=train/accuracy` are settings; a mistake in one is a `SettingError`."""
    register()
    written = OmegaConf.load(PROJECT / "conf" / "config.yaml")
    assert isinstance(written, DictConfig)
    groups = OmegaConf.create({name: OmegaConf.structured(schema) for name, schema in SCHEMAS.items()})
    groups.merge_with({name: written[name] for name in SCHEMAS if name in written})
    settings = [word for word in words if SETTING.fullmatch(word)]
    rest = tuple(word for word in words if not SETTING.fullmatch(word))
    for word in rest:
        _refuse_mistyped(word)
    for override in OverridesParser.create().parse_overrides(settings):
        if override.is_sweep_override():
            raise UserError(f"{override.input_line}: takes one value")
        _set(groups, override.key_or_group, override.value(), str(override.input_line).partition("=")[2])
    recipes = {name: _to_recipe(groups, name) for name in SCHEMAS}
    return Words(**recipes, typed=frozenset(word.partition("=")[0] for word in settings), rest=rest)


def _set(groups: DictConfig, setting: str, value: Any, typed: str) -> None:
    group, _, name = setting.partition(".")
    if name not in SETTABLE[group]:
        raise SettingError(setting, typed, no_such_setting(name, group, SETTABLE[group]))
    try:
        groups[group][name] = value
    except ValidationError as error:
        said = str(error).splitlines()[0]
        right = next((right for pattern, right in EXPECTED if re.search(pattern, said)), said)
        raise SettingError(setting, typed, right) from None


def _to_recipe(groups: DictConfig, name: str) -> Any:
    try:
        return OmegaConf.to_object(groups[name])
    except SettingError as error:
        raise error.within(name) from None


def _refuse_mistyped(word: str) -> None:
    """MLflow would answer with the whole list of what its filters know."""
    found = MISTYPED.fullmatch(word)
    if found and not SEARCHABLE.match(word):
        name, _, value = word.partition("=")
        as_filter = f'; as a filter write params.{name} = "{value}"'
        raise UserError(f"{word}: no such setting{suggestion(found[1], SCHEMAS) or as_filter}")

"""A grid in Hydra's own grammar: from the command line to the overrides of each job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hydra.core.override_parser.types import Override

from zerosweep.config.cases import Case, beside, telling
from zerosweep.config.compose import typed
from zerosweep.config.hydra_private import combinations
from zerosweep.config.read import Config
from zerosweep.errors import SettingError
from zerosweep.masking import masked


@dataclass(frozen=True)
class Grid:
    """jobs: the overrides of each, none of them a sweep, the last setting varying fastest. swept: the settings that vary."""

    jobs: list[list[str]]
    swept: list[str]

    def label(self, config: Config) -> str:
        """Those of a job's overrides that tell it from the others; all that is telling, where it is alone."""
        swept = [override for override in config.overrides if override.partition("=")[0].lstrip("+") in self.swept]
        return masked(" ".join(swept)) or config.telling


def grid(
    loader: Any,
    params: Mapping[str, Any],
    arguments: Sequence[str],
    cases: Sequence[Sequence[str]] = (),
    when: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Grid:
    """All combinations of the values given, each with every one of the `cases`: overrides that go together, none of them a
    sweep. params: of `hydra.sweeper.params`; arguments: the command line, which wins over all others. when: by an override
    that may be among the arguments, the overrides that come with it.

    An interval is refused by Hydra's own exception; a sweep that is empty, or stands in a case, by a `SettingError`.
    """
    brought = [one for argument in arguments for one in when.get(argument, ())]
    given = {one.get_key_element(): one for one in typed(loader, params, [*brought, *arguments])}
    values = {name: _values(override) for name, override in given.items()}
    together = beside([_case(typed(loader, {}, case)) for case in cases] or [{}], values)
    in_cases = {name for case in together for name in case}
    others = [one for name, one in given.items() if name not in in_cases]
    jobs = combinations(others)
    swept = [*telling(together), *(name for name in given if name not in in_cases and len(set(values[name])) > 1)]
    fixed = [[f"{name}={value}" for name, value in case.items()] for case in together]
    return Grid([[*case, *job] for case in fixed for job in jobs], [name.lstrip("+") for name in swept])


def _values(override: Override) -> list[str]:
    """All that it gives its setting, in one spelling."""
    jobs = combinations([override])
    name, _, value = str(override.input_line).partition("=")
    if not jobs:
        raise SettingError(name, value, "has no values")
    return [line.partition("=")[2] for (line,) in jobs]


def _case(overrides: Sequence[Override]) -> Case:
    for one in overrides:
        if one.is_sweep_override():
            raise SettingError("hydra.sweeper.cases", one.input_line, "a case has one value of each setting")
    return {one.get_key_element(): _values(one)[0] for one in overrides}

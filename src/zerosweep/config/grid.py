"""A grid in Hydra's own grammar: from the command line to the overrides of each job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.types import Override

from zerosweep.config.compose import typed
from zerosweep.config.read import Config
from zerosweep.errors import SettingError


@dataclass(frozen=True)
class Grid:
    """jobs: the overrides of each, none of them a sweep, the last setting varying fastest. swept: the settings that vary."""

    jobs: list[list[str]]
    swept: list[str]

    def label(self, config: Config) -> str:
        """Those of a job's overrides that tell it from the others; all that is telling, where it is alone."""
        swept = [override for override in config.overrides if override.partition("=")[0].lstrip("+") in self.swept]
        return " ".join(swept) or config.telling


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

    An interval is refused by Hydra's own exception, and a sweep in a case by a `SettingError`.
    """
    brought = [one for argument in arguments for one in when.get(argument, ())]
    overrides = typed(loader, params, [*brought, *arguments])
    together, others = _together([typed(loader, {}, case) for case in cases], overrides)
    (jobs,) = BasicSweeper.split_arguments(others, None)
    sweeps = {override.get_key_element(): override.is_sweep_override() for override in others}
    swept = [*_telling(together), *(key for key, varies in sweeps.items() if varies)]
    return Grid([[*case, *job] for case in together for job in jobs], [key.lstrip("+") for key in swept])


def _together(
    cases: Sequence[Sequence[Override]], overrides: Sequence[Override]
) -> tuple[list[tuple[str, ...]], list[Override]]:
    """The cases that are left beside `overrides`, at least one, and the overrides that are left beside the cases.

    An override that some case has chooses among the cases, as one of several values does; any other takes the place of what
    cases say of its setting."""
    for one in (one for case in cases for one in case if one.is_sweep_override()):
        raise SettingError("hydra.sweeper.cases", one.input_line, "a case has one value of each setting")
    left: list[Override] = []
    for override in overrides:
        values = {line for one in _lines(override) for line in one}
        chosen = [case for case in cases if any(line in values for one in case for (line,) in _lines(one))]
        cases = chosen or cases
        left += [] if chosen else [override]
    given = {override.get_key_element() for override in left}
    kept = (tuple(str(one.input_line) for one in case if one.get_key_element() not in given) for case in cases)
    return list(dict.fromkeys(kept)) or [()], left


def _lines(override: Override) -> list[list[str]]:
    """The override once for each of its values, in one spelling."""
    (jobs,) = BasicSweeper.split_arguments([override], None)
    return [list(job) for job in jobs]


def _telling(together: Sequence[Sequence[str]]) -> list[str]:
    """The settings that tell one case from another, without those that follow from an earlier one: of an optimizer and its
    learning rate, the optimizer."""
    cases = [dict(override.split("=", 1) for override in case) for case in together]
    telling: list[str] = []
    for name in dict.fromkeys(name for case in cases for name in case):
        levels = {case.get(name) for case in cases}
        follows = any(
            len({(case.get(one), case.get(name)) for case in cases}) == len({case.get(one) for case in cases})
            for one in telling
        )
        if len(levels) > 1 and not follows:
            telling.append(name)
    return telling

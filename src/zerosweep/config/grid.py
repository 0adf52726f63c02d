"""A grid in Hydra's own grammar: from the command line to the overrides of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, prod
from types import MappingProxyType
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from zerosweep.config.cases import Case, distinguishing, with_overrides
from zerosweep.config.compose import typed
from zerosweep.config.hydra_private import combinations
from zerosweep.config.read import Config
from zerosweep.errors import SettingError
from zerosweep.masking import masked

MOST_RUNS = 100_000
"""Runs that a sweep may have: their configurations are made before the first one starts."""


@dataclass(frozen=True)
class GridJobs:
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
) -> GridJobs:
    """All combinations of the values given, each with every one of the `cases`: overrides that go together, none of them a
    sweep. params: of `hydra.sweeper.params`; arguments: the command line, which wins over all others. when: by an override
    that may be among the arguments, the overrides that come with it.

    An interval is refused by Hydra's own exception; a sweep that is empty, or stands in a case, by a `SettingError`.
    """
    brought = [one for argument in arguments for one in when.get(argument, ())]
    given = {one.get_key_element(): one for one in typed(loader, params, [*brought, *arguments])}
    _check_count(given.values())
    values = {name: _values(override) for name, override in given.items()}
    together = with_overrides([_case(typed(loader, {}, case)) for case in cases] or [{}], values)
    in_cases = {name for case in together for name in case}
    others = [one for name, one in given.items() if name not in in_cases]
    _check_count(others, len(together))
    jobs = combinations(others)
    swept = [
        *distinguishing(together),
        *(name for name in given if name not in in_cases and len(set(values[name])) > 1),
    ]
    fixed = [[f"{name}={value}" for name, value in case.items()] for case in together]
    return GridJobs([[*case, *job] for case in fixed for job in jobs], [name.lstrip("+") for name in swept])


def count(override: Override) -> int:
    """Return how many values an override gives its setting, without making them. Those of an interval count as one."""
    match sweep := override.value():
        case RangeSweep(start=int() | float() as start, stop=int() | float() as stop, step=int() | float() as step):
            if not step:
                raise mistake(override, "needs a step other than 0")
            if not all(map(isfinite, (start, stop, step))):
                raise mistake(override, "needs finite numbers")
            return max(0, -int((Fraction(start) - Fraction(stop)) // Fraction(step)))
        case ChoiceSweep():
            return len(sweep.list)
    return 1


def _check_count(overrides: Iterable[Override], cases: int = 1) -> None:
    """Refuse a grid with more runs than `MOST_RUNS`, before any of them is made."""
    varied = [override for override in overrides if override.is_sweep_override()]
    runs = prod(map(count, varied)) * cases
    if runs > MOST_RUNS:
        largest = max(varied, key=count)
        raise mistake(largest, f"makes a sweep of {runs} runs; must be at most {MOST_RUNS}, do it in parts")


def mistake(override: Override, allowed: str) -> SettingError:
    """Return the error that names an override as it was written."""
    name, _, value = str(override.input_line).partition("=")
    return SettingError(name, value, allowed)


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

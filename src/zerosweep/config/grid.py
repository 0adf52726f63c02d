"""Grids in Hydra's grammar: from the command line to the overrides of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite, prod
from types import MappingProxyType
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from zerosweep.config.cases import Case, distinguishing, with_overrides
from zerosweep.config.compose import parse_overrides
from zerosweep.config.hydra_private import combinations
from zerosweep.config.names import levels
from zerosweep.config.read import Config
from zerosweep.errors import SettingError
from zerosweep.naming import run_names

MOST_RUNS = 100_000
"""Largest number of runs in a sweep. All configurations are composed before the first run starts."""


@dataclass(frozen=True)
class GridJobs:
    """Jobs of a grid.

    Attributes:
        jobs: The overrides of each job, none of them a sweep. The last setting varies fastest.
        swept: The settings that vary.
    """

    jobs: list[list[str]]
    swept: list[str]

    def named(self, configs: Sequence[Config]) -> list[Config]:
        """Return the configurations of the jobs, each with a name that tells what differs among them."""
        if not self.swept:
            return [*configs]
        names = run_names([levels(self.swept, config.choices, config.settings) for config in configs])
        return [replace(config, name_in_sweep=name) for config, name in zip(configs, names, strict=True)]


def grid(
    loader: Any,
    params: Mapping[str, Any],
    arguments: Sequence[str],
    cases: Sequence[Sequence[str]] = (),
    when: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> GridJobs:
    """Return all combinations of the given values, each with every case.

    Args:
        loader: Hydra's config loader.
        params: The values in `hydra.sweeper.params`.
        arguments: The overrides on the command line. They take precedence over everything else.
        cases: Overrides that go together, for each case. None of them is a sweep.
        when: Overrides that are added if another one is among the arguments, by that other one.

    Raises:
        SettingError: A sweep has no values or too many, a case contains a sweep, or an override does not fit the cases.
        HydraException: A value is an interval.
    """
    added = [override for argument in arguments for override in when.get(argument, ())]
    given = {override.get_key_element(): override for override in parse_overrides(loader, params, [*added, *arguments])}
    _check_count(given.values())
    values = {name: _values(override) for name, override in given.items()}
    together = with_overrides([_case(parse_overrides(loader, {}, case)) for case in cases] or [{}], values)
    in_cases = {name for case in together for name in case}
    others = [override for name, override in given.items() if name not in in_cases]
    _check_count(others, len(together))
    jobs = combinations(others)
    swept = [
        *distinguishing(together),
        *(name for name in given if name not in in_cases and len(set(values[name])) > 1),
    ]
    fixed = [[f"{name}={value}" for name, value in case.items()] for case in together]
    return GridJobs([[*case, *job] for case in fixed for job in jobs], [name.lstrip("+") for name in swept])


def count(override: Override) -> int:
    """Return the number of values that an override gives its setting, without listing them; 1 for an interval."""
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
    """Refuse a grid of more than `MOST_RUNS` runs before its jobs are listed."""
    varied = [override for override in overrides if override.is_sweep_override()]
    runs = prod(map(count, varied)) * cases
    if runs > MOST_RUNS:
        largest = max(varied, key=count)
        raise mistake(largest, f"makes a sweep of {runs} runs; must be at most {MOST_RUNS}, do it in parts")


def mistake(override: Override, allowed: str) -> SettingError:
    """Return the error for an override, with the name and the value as written.

    Args:
        override: The override.
        allowed: The values that are allowed, as in "must be > 0".
    """
    name, _, value = str(override.input_line).partition("=")
    return SettingError(name, value, allowed)


def _values(override: Override) -> list[str]:
    """Return all values that an override gives its setting, each in Hydra's spelling."""
    jobs = combinations([override])
    name, _, value = str(override.input_line).partition("=")
    if not jobs:
        raise SettingError(name, value, "has no values")
    return [line.partition("=")[2] for (line,) in jobs]


def _case(overrides: Sequence[Override]) -> Case:
    for override in overrides:
        if override.is_sweep_override():
            raise SettingError("hydra.sweeper.cases", override.input_line, "a case has one value of each setting")
    return {override.get_key_element(): _values(override)[0] for override in overrides}

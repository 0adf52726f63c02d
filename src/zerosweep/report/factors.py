"""What varied between runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zerosweep.config.purposes import purpose
from zerosweep.config.schemas import GROUPS
from zerosweep.figures.drawing.levels import in_order
from zerosweep.recipe import Purpose
from zerosweep.tracking.record import Recorded

SEED = "seed"
"""Runs that differ in it alone repeat each other."""


@dataclass(frozen=True)
class Factors:
    """names: the settings that varied, the first the most telling. follows: a setting of all runs that varied too, but has one
    value for each level of a factor -> that factor."""

    names: tuple[str, ...]
    follows: Mapping[str, str] = field(default_factory=dict)


def find_factors(runs: Sequence[Recorded], swept: Sequence[str] = ()) -> Factors:
    """The factors of `runs`; where it is known what was `swept`, those of them that varied, in that order.

    Neither the seed is one, nor what changes no number of a run, nor a setting that follows from an earlier factor: the
    learning rate that each optimizer brings with it tells no more than the optimizer.
    """
    if swept:
        counting = [name for name in dict.fromkeys(swept) if _may_be_factor(name)]
        return Factors(tuple(name for name in counting if len(levels(runs, name)) > 1))
    known = sorted({name for run in runs for name in run.params if _may_be_factor(name)}, key=_rank)
    varied = [name for name in known if len(levels(runs, name)) > 1]
    configurations = len({levels_of(run, varied) for run in runs})
    names: list[str] = []
    follows: dict[str, str] = {}
    for name in varied:
        leader = next((factor for factor in names if _follows(runs, name, factor, configurations)), None)
        if leader is None:
            names.append(name)
        elif "" not in levels(runs, name):
            follows[name] = leader
    return Factors(tuple(names), follows)


def level(run: Recorded, name: str) -> str:
    """The setting's value as text, "" where the run does not have it."""
    return run.params.get(name, "")


def levels_of(run: Recorded, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(level(run, name) for name in names)


def levels(runs: Iterable[Recorded], name: str) -> list[str]:
    """The setting's different values: numbers by size, true before false, words in the order of the runs, as in figures."""
    return in_order([level(run, name) for run in runs])


def _follows(runs: Sequence[Recorded], name: str, factor: str, configurations: int) -> bool:
    """Whether `name` has one value for each level of `factor`, and that is no accident.

    It is none where a group's option brings its settings along, or where the factor's levels come in two configurations
    each or more. In a random search every value of one setting comes once, with some value of another, by accident.
    """
    values: dict[str, str] = {}
    for run in runs:
        if values.setdefault(level(run, factor), level(run, name)) != level(run, name):
            return False
    brought_along = factor in GROUPS and ("." in name or "" in values.values())
    return brought_along or configurations >= 2 * len(values)


def _may_be_factor(name: str) -> bool:
    return name != SEED and purpose(name) is Purpose.NUMBERS


def _group(name: str) -> str:
    return name.partition(".")[0]


def _rank(name: str) -> tuple[bool, int, str]:
    """The groups' choices first, in the groups' order, then the settings within them, then the others'."""
    order = [*GROUPS, "bn"]
    group = _group(name)
    return "." in name, order.index(group) if group in order else len(order), name

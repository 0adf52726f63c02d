"""Factors: the settings that varied between runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zerosweep.config.purposes import purpose
from zerosweep.config.schemas import GROUPS
from zerosweep.figures.drawing.levels import in_order
from zerosweep.recipe import Purpose
from zerosweep.tracking.record import Recorded

SEED = "seed"
"""The setting that is no factor: runs that differ only in it are repeats."""


@dataclass(frozen=True)
class Factors:
    """The settings that varied between runs.

    Attributes:
        names: The factors, the most important first.
        follows: The factor of each setting that varied only because that factor did: the setting has one value for each
            of the factor's levels. Settings that some runs do not have are left out.
    """

    names: tuple[str, ...]
    follows: Mapping[str, str] = field(default_factory=dict)


def find_factors(runs: Sequence[Recorded], swept: Sequence[str] = ()) -> Factors:
    """Find the settings that varied between runs.

    The seed is no factor, nor is a setting that changes no numbers; but the place of the data is one if each place has
    data of its own. A setting that follows from an earlier factor is no factor either: where each optimizer has its own
    learning rate, only the optimizer is one.

    Args:
        runs: The runs.
        swept: The settings that were swept, if known: those of them that varied are then the factors, in this order.
    """
    if swept:
        candidates = [name for name in dict.fromkeys(swept) if _may_be_factor(name, runs)]
        return Factors(tuple(name for name in candidates if len(levels(runs, name)) > 1))
    candidates = sorted({name for run in runs for name in run.params}, key=_rank)
    candidates = [name for name in candidates if _may_be_factor(name, runs)]
    varied = [name for name in candidates if len(levels(runs, name)) > 1]
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
    """Return the value of a setting as text; "" where the run does not have the setting."""
    return run.params.get(name, "")


def levels_of(run: Recorded, names: Iterable[str]) -> tuple[str, ...]:
    """Return the value of each setting as text; "" where the run does not have the setting."""
    return tuple(level(run, name) for name in names)


def levels(runs: Iterable[Recorded], name: str) -> list[str]:
    """Return the distinct values of a setting, in the order in which figures show them.

    Numbers are ordered by size, true comes before false, and text is in the order of the runs.
    """
    return in_order([level(run, name) for run in runs])


def _follows(runs: Sequence[Recorded], name: str, factor: str, configurations: int) -> bool:
    """Return whether a setting has one value for each level of a factor, and not by accident.

    It is no accident where the setting belongs to a group's option, or where each level of the factor occurs in two
    configurations or more. In a random search every value occurs once, so that any two settings pair up by accident.

    Args:
        runs: The runs.
        name: The setting that may follow.
        factor: The setting that it may follow from.
        configurations: The number of distinct configurations among the runs.
    """
    values: dict[str, str] = {}
    for run in runs:
        if values.setdefault(level(run, factor), level(run, name)) != level(run, name):
            return False
    of_option = factor in GROUPS and ("." in name or "" in values.values())
    return of_option or configurations >= 2 * len(values)


def _may_be_factor(name: str, runs: Sequence[Recorded]) -> bool:
    if purpose(name) is Purpose.PLACE and _group(name) == "dataset":
        places = {(level(run, name), run.tags.get("data_id")) for run in runs}
        return len(places) == len({data for _, data in places})
    return name != SEED and purpose(name) is Purpose.NUMBERS


def _group(name: str) -> str:
    return name.partition(".")[0]


def _rank(name: str) -> tuple[bool, int, str]:
    """Return a sort key: choices of groups first, in the order of the groups, then the settings within groups."""
    order = [*GROUPS, "bn"]
    group = _group(name)
    return "." in name, order.index(group) if group in order else len(order), name

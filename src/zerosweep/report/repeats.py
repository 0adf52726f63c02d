"""Statistics over seeds: means with their intervals, and paired differences with their significance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from zerosweep.figures.drawing.levels import in_order
from zerosweep.statistics import Floats, Sample, corrected, mean, sample

MOST_LEVELS = 8
"""The largest number of levels that are compared pair by pair: more tests would weaken the correction of all others."""


@dataclass(frozen=True)
class Observation:
    """The result of one run, for the statistics.

    Attributes:
        levels: The level of each factor.
        seed: The seed, as text.
        value: The final value of the objective; None where there is none.
        diverged: Whether the run diverged.
        run_id: The id of the run.
    """

    levels: Mapping[str, str]
    seed: str
    value: float | None
    diverged: bool = False
    run_id: str = ""


@dataclass(frozen=True)
class Group:
    """Repeats, which are runs that differ only in the seed, and their mean.

    Attributes:
        levels: The level of each factor.
        n: Number of runs with a value.
        diverged: Number of runs without a value because they diverged.
        missing: Number of runs without a value for another reason.
        mean: Mean of the values; None where n is 0.
        sd: Sample standard deviation; None where n is below 2.
        interval: The 95 % interval of the mean by Student's t; None where n is below 2 or all values are equal, since a
            sample without spread does not show how uncertain its mean is.
    """

    levels: tuple[str, ...]
    n: int
    diverged: int
    missing: int
    mean: float | None
    sd: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class PairedDifference:
    """The difference between two levels of a factor, level `b` minus level `a`, paired by seed.

    A pair is two runs that are equal in all other factors and in the seed. The unit of repetition is the seed: pairs
    that share a seed are not independent, so their mean counts as one value.

    A paired t-test divides by the spread of the differences. Where all seeds have the same difference there is no
    interval, and p is None, or 1 where that difference is exactly zero.

    Attributes:
        factor: The setting.
        a: The level that is subtracted.
        b: The level that it is subtracted from.
        seeds: Number of seeds with at least one pair of values.
        lost: Number of pairs with a value on one side only.
        mean: Mean of the differences over the seeds; None where there are no seeds.
        interval: The 95 % interval of the mean by Student's t, `seeds - 1` degrees of freedom; None for one seed.
        p: The p-value of the paired t-test over the seeds; None for one seed.
        corrected: The p-value after the correction of Benjamini and Hochberg over all differences of the report.
    """

    factor: str
    a: str
    b: str
    seeds: int
    lost: int
    mean: float | None
    interval: tuple[float, float] | None
    p: float | None
    corrected: float | None = None


def without_duplicates(observations: Iterable[Observation]) -> list[Observation]:
    """Return the first of all observations with equal levels and seed.

    The others come from other code or data, and are no repeats.
    """
    first: dict[tuple[tuple[str, ...], str], Observation] = {}
    for observation in observations:
        first.setdefault((tuple(observation.levels.values()), observation.seed), observation)
    return list(first.values())


def group(observations: Sequence[Observation]) -> list[Group]:
    """Return a group of repeats for each combination of levels, in the order of first occurrence."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for observation in observations:
        groups.setdefault(tuple(observation.levels.values()), []).append(observation)
    return [_group(levels, members) for levels, members in groups.items()]


def _group(levels: tuple[str, ...], members: list[Observation]) -> Group:
    values = [member.value for member in members if member.value is not None]
    diverged = sum(member.value is None and member.diverged for member in members)
    statistics = sample(np.array(values).reshape(-1, 1))
    missing = len(members) - len(values) - diverged
    return Group(
        levels, len(values), diverged, missing, _scalar(statistics.mean), _scalar(statistics.sd), _interval(statistics)
    )


def repeated(groups: Sequence[Group]) -> bool:
    """Return whether any combination of levels was run more than once."""
    return any(group.n + group.diverged + group.missing > 1 for group in groups)


def differences(observations: Sequence[Observation]) -> list[PairedDifference]:
    """Return the difference between every two levels of every factor that have pairs, with corrected p-values."""
    factors = list(observations[0].levels) if observations else []
    found = [difference for factor in factors for difference in _differences(observations, factor)]
    tested = {i: difference.p for i, difference in enumerate(found) if difference.p is not None}
    if tested:
        for i, p in zip(tested, corrected([*tested.values()]), strict=True):
            found[i] = replace(found[i], corrected=p)
    return found


def _differences(observations: Sequence[Observation], factor: str) -> Iterable[PairedDifference]:
    blocks: dict[tuple[tuple[str, ...], str], dict[str, float | None]] = {}
    for observation in observations:
        others = tuple(level for name, level in observation.levels.items() if name != factor)
        blocks.setdefault((others, observation.seed), {})[observation.levels[factor]] = observation.value
    levels = in_order([observation.levels[factor] for observation in observations])
    if len(levels) > MOST_LEVELS:
        return
    if levels == ["true", "false"]:
        levels.reverse()  # the effect of switching it on
    for a, b in combinations(levels, 2):
        seeds: dict[str, tuple[list[float], list[float]]] = {}
        lost = 0
        for (_, seed), block in blocks.items():
            x, y = block.get(a), block.get(b)
            if x is not None and y is not None:
                before, after = seeds.setdefault(seed, ([], []))
                before.append(x)
                after.append(y)
            elif a in block and b in block:
                lost += (x is None) != (y is None)
        if seeds or lost:
            origins, values = (np.array([[mean(pair[side])] for pair in seeds.values()]) for side in (0, 1))
            paired = sample(values.reshape(-1, 1), origins.reshape(-1, 1))
            yield PairedDifference(
                factor, a, b, len(seeds), lost, _scalar(paired.mean), _interval(paired), _scalar(paired.p)
            )


def _scalar(values: Floats) -> float | None:
    """Return the only number of an array of shape (1,); None for NaN."""
    return None if np.isnan(values[0]) else float(values[0])


def _interval(statistics: Sample) -> tuple[float, float] | None:
    low, high = statistics.interval
    return None if np.isnan(statistics.half[0]) else (float(low[0]), float(high[0]))

"""What repeats with other seeds say: means with their intervals, and differences with their significance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from zerosweep.figures.drawing.levels import in_order
from zerosweep.statistics import Floats, Sample, corrected, mean, sample

MOST_LEVELS = 8
"""A factor of more levels is not compared pair by pair: so many tests would hide what another factor shows."""


@dataclass(frozen=True)
class Observation:
    """A run in an experiment. levels: factor -> level; value: None for a run that diverged, or has none for another reason."""

    levels: Mapping[str, str]
    seed: str
    value: float | None
    diverged: bool = False


@dataclass(frozen=True)
class Group:
    """Runs equal but for the seed.

    levels: of each factor; n: those with a value; diverged, missing: those without, by reason. mean: None where n is 0;
    sd: of the sample, and the 95 % interval of the mean by Student's t: None where n is below 2. Equal values have no
    interval either: a sample without spread does not tell how far the mean may be off.
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
    """Of one factor's level `b` from its level `a`, seed by seed.

    A pair is two runs equal in all other factors and the seed. What repeats is the seed: pairs of one seed, in other
    combinations of the other factors, share its luck, so that their mean counts once. seeds: with a pair that has a value on
    both sides; lost: pairs with a value on one side only. mean: of b - a, over the seeds; interval: 95 %, by Student's t with
    seeds - 1 degrees of freedom. p: of the paired t-test; corrected: the same after Benjamini and Hochberg, over all
    differences of the report. Both are None for a single seed, and where the differences of all seeds are the same but zero: a
    t-test then divides by a spread of zero. Where all are exactly zero p is 1: nothing speaks against equality. Neither has an
    interval.
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


def once_each(observations: Iterable[Observation]) -> list[Observation]:
    """The first of those that are equal in all levels and the seed: of other code or data, they are no repeats."""
    kept: dict[tuple[tuple[str, ...], str], Observation] = {}
    for observation in observations:
        kept.setdefault((tuple(observation.levels.values()), observation.seed), observation)
    return list(kept.values())


def group(observations: Sequence[Observation]) -> list[Group]:
    """One group for each combination of levels, in the order in which they come."""
    found: dict[tuple[str, ...], list[Observation]] = {}
    for observation in observations:
        found.setdefault(tuple(observation.levels.values()), []).append(observation)
    return [_group(levels, members) for levels, members in found.items()]


def _group(levels: tuple[str, ...], members: list[Observation]) -> Group:
    values = [member.value for member in members if member.value is not None]
    diverged = sum(member.value is None and member.diverged for member in members)
    found = sample(np.array(values).reshape(-1, 1))
    missing = len(members) - len(values) - diverged
    return Group(levels, len(values), diverged, missing, _known(found.mean), _known(found.sd), _interval(found))


def repeated(groups: Sequence[Group]) -> bool:
    """Whether any combination was run more than once."""
    return any(group.n + group.diverged + group.missing > 1 for group in groups)


def differences(observations: Sequence[Observation]) -> list[PairedDifference]:
    """Between each two levels of each factor, where there are pairs; corrected for their number."""
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
        levels.reverse()  # what switching it on does
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
                factor, a, b, len(seeds), lost, _known(paired.mean), _interval(paired), _known(paired.p)
            )


def _known(one: Floats) -> float | None:
    """The only number of an array, None for NaN."""
    return None if np.isnan(one[0]) else float(one[0])


def _interval(one: Sample) -> tuple[float, float] | None:
    low, high = one.interval
    return None if np.isnan(one.half[0]) else (float(low[0]), float(high[0]))

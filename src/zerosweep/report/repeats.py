"""What repeats with other seeds say: means with their intervals, and differences with their significance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from zerosweep.figures.drawing.levels import in_order

CONFIDENCE = 0.95

MOST_LEVELS = 8
"""A factor of more levels is not compared pair by pair: so many tests would hide what another factor shows."""

ROUNDING = 1e-12
"""Numbers closer than this, as a share of the largest, are equal: 0.9 - 0.8 is not 0.8 - 0.7, in the last bit."""


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
class Difference:
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
    mean, sd, interval, _ = _t(values, [0.0] * len(values))
    return Group(levels, len(values), diverged, len(members) - len(values) - diverged, mean, sd, interval)


def repeated(groups: Sequence[Group]) -> bool:
    """Whether any combination was run more than once."""
    return any(group.n + group.diverged + group.missing > 1 for group in groups)


def differences(observations: Sequence[Observation]) -> list[Difference]:
    """Between each two levels of each factor, where there are pairs; corrected for their number."""
    factors = list(observations[0].levels) if observations else []
    found = [difference for factor in factors for difference in _differences(observations, factor)]
    tested = [i for i, difference in enumerate(found) if difference.p is not None]
    if tested:
        from scipy.stats import false_discovery_control  # half a second to import

        for i, corrected in zip(tested, false_discovery_control([found[i].p for i in tested]), strict=True):
            found[i] = replace(found[i], corrected=float(corrected))
    return found


def _differences(observations: Sequence[Observation], factor: str) -> Iterable[Difference]:
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
            origins, values = ([_mean(pair[side]) for pair in seeds.values()] for side in (0, 1))
            mean, _, interval, p = _t(values, origins)
            yield Difference(factor, a, b, len(seeds), lost, mean, interval, p)


def _mean(values: Sequence[float]) -> float:
    """Divided before they are added, so that no sum overflows."""
    return sum(value / len(values) for value in values)


def _t(
    values: Sequence[float], origins: Sequence[float]
) -> tuple[float | None, float | None, tuple[float, float] | None, float | None]:
    """Of values - origins, (n,) each: mean, standard deviation, interval of the mean, p-value of a mean of zero."""
    if not values:
        return None, None, None, None
    # In units of the largest, so that neither a square nor a difference overflows.
    unit = max(map(abs, [*values, *origins])) or 1.0
    away = np.array(values) / unit - np.array(origins) / unit
    mean = float(away.mean()) * unit
    if len(away) < 2:
        return mean, None, None, None
    if np.ptp(away) <= ROUNDING:
        return mean, 0.0, None, 1.0 if np.abs(away).max() <= ROUNDING else None
    from scipy.stats import ttest_1samp  # half a second to import

    test = ttest_1samp(away, 0.0)
    low, high = test.confidence_interval(CONFIDENCE)
    return mean, float(away.std(ddof=1)) * unit, (float(low) * unit, float(high) * unit), float(test.pvalue)

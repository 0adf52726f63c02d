"""The ranking of the combinations that were run: by the mean over their repeats, never by one lucky seed."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from zerosweep.config.schemas import Objective
from zerosweep.metrics import MAXIMIZE, described
from zerosweep.naming import run_name
from zerosweep.report.factors import levels_of
from zerosweep.report.outcome import final_value
from zerosweep.report.repeats import Group
from zerosweep.tracking.record import Recorded


@dataclass(frozen=True)
class Standing:
    """The place of a combination of levels.

    Attributes:
        place: 1 for the best; combinations with equal values share a place. None without a value. Of several objectives
            1 for those on the front, which no other beats in all of them, and None for the others.
        levels: The level of each factor, by name.
        value: The value of the objective: the mean over the repeats, or that of the only run. None where a run
            diverged, since the mean of those that survived would hide it.
        interval: The 95 % interval of the mean; None where it is not known.
        runs: The runs, the latest of each seed.
        measured: The runs that have a value.
        diverged: Number of runs that diverged.
        others: The means of the further objectives, by metric; empty without a value or for a single objective.
    """

    place: int | None
    levels: Mapping[str, str]
    value: float | None
    interval: tuple[float, float] | None
    runs: Sequence[Recorded]
    measured: Sequence[Recorded]
    diverged: int
    others: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdicts(self) -> str:
        """The verdicts of the runs as text, as in "learned", "learned (dying)" or "4 learned, 1 diverged"."""
        counts = Counter(run.outcome or run.status.lower() for run in self.runs).most_common()
        return counts[0][0] if len(counts) == 1 else ", ".join(f"{count} {verdict}" for verdict, count in counts)

    @property
    def name(self) -> str:
        """The name of the combination, as in "adam bn"."""
        return run_name(self.levels)


def ranking(
    runs: Sequence[Recorded],
    factors: Sequence[str],
    groups: Sequence[Group],
    objective: Objective,
    others: Mapping[str, str] | None = None,
) -> list[Standing]:
    """Return a standing for each combination of levels, the best first and those without a value last.

    Of several objectives the front comes first, the best by the first objective at its head.

    Args:
        runs: The runs that count, at most one for each combination and seed.
        factors: The settings that varied.
        groups: The statistics of the repeats of each combination.
        objective: The metric that runs are compared by, and its direction.
        others: The directions of the further objectives, by metric.
    """
    others = others or {}
    members: dict[tuple[str, ...], list[Recorded]] = {}
    for run in runs:
        members.setdefault(levels_of(run, factors), []).append(run)
    found = []
    for each in groups:
        own = members.get(each.levels, [])
        value, interval = (None, None) if each.diverged else (each.mean, _within(each.interval, objective.metric))
        levels = dict(zip(factors, each.levels, strict=True))
        measured = [run for run in own if final_value(run, objective.metric) is not None]
        further = {} if value is None else _means(measured, others)
        found.append(Standing(None, levels, value, interval, own, measured, each.diverged, further))
    sign = _sign(objective.direction)
    found.sort(key=lambda standing: (math.inf if standing.value is None else sign * standing.value, standing.diverged))
    return _front_first(found, sign, others) if others else _placed(found)


def _sign(direction: str) -> int:
    """Return the factor that makes smaller values the better ones."""
    return -1 if direction == MAXIMIZE else 1


def _means(runs: Sequence[Recorded], metrics: Iterable[str]) -> dict[str, float]:
    """Return the mean of each metric over runs that all have it."""
    values = {metric: [final_value(run, metric) for run in runs] for metric in metrics}
    return {
        metric: fmean(known) for metric, own in values.items() if (known := [x for x in own if x is not None]) == own
    }


def _front_first(standings: Sequence[Standing], sign: int, others: Mapping[str, str]) -> list[Standing]:
    """Return the standings with those on the Pareto front first, which get the place 1."""

    def costs(standing: Standing) -> tuple[float, ...]:
        assert standing.value is not None
        further = (_sign(direction) * standing.others[metric] for metric, direction in others.items())
        return sign * standing.value, *further

    complete = {
        i: costs(each) for i, each in enumerate(standings) if each.value is not None and len(each.others) == len(others)
    }

    def beaten(own: tuple[float, ...]) -> bool:
        return any(other != own and all(map(operator.le, other, own)) for other in complete.values())

    front = {i for i, own in complete.items() if not beaten(own)}
    first = [replace(each, place=1) for i, each in enumerate(standings) if i in front]
    return [*first, *(each for i, each in enumerate(standings) if i not in front)]


def _within(interval: tuple[float, float] | None, metric: str) -> tuple[float, float] | None:
    """Return an interval, cut to [0, 1] for a metric that is a fraction."""
    known = described(metric)
    if interval is None or known is None or not known.fraction:
        return interval
    return max(0.0, interval[0]), min(1.0, interval[1])


def _placed(standings: Sequence[Standing]) -> list[Standing]:
    placed: list[Standing] = []
    for number, standing in enumerate(standings, 1):
        before = placed[-1] if placed else None
        equal = before is not None and before.value == standing.value
        place = None if standing.value is None else before.place if before and equal else number
        placed.append(replace(standing, place=place))
    return placed

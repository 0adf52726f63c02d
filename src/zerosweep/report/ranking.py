"""The ranking of the combinations that were run: by the mean over their repeats, never by one lucky seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zerosweep.config.schemas import Objective
from zerosweep.metrics import described
from zerosweep.naming import run_name
from zerosweep.report.factors import levels_of
from zerosweep.report.outcome import final_value
from zerosweep.report.repeats import Group
from zerosweep.tracking.record import Recorded


@dataclass(frozen=True)
class Standing:
    """The place of a combination of levels.

    Attributes:
        place: 1 for the best; combinations with equal values share a place. None without a value.
        levels: The level of each factor, by name.
        value: The value of the objective: the mean over the repeats, or that of the only run. None where a run
            diverged, since the mean of those that survived would hide it.
        interval: The 95 % interval of the mean; None where it is not known.
        runs: The runs, the latest of each seed.
        measured: The runs that have a value.
        diverged: Number of runs that diverged.
    """

    place: int | None
    levels: Mapping[str, str]
    value: float | None
    interval: tuple[float, float] | None
    runs: Sequence[Recorded]
    measured: Sequence[Recorded]
    diverged: int

    @property
    def verdicts(self) -> str:
        """The verdicts of the runs as text, as in "learned" or "4 learned, 1 diverged"."""
        counts = Counter(run.verdict or run.status.lower() for run in self.runs).most_common()
        return counts[0][0] if len(counts) == 1 else ", ".join(f"{count} {verdict}" for verdict, count in counts)

    @property
    def name(self) -> str:
        """The name of the combination, as in "adam bn"."""
        return run_name(self.levels)


def ranking(
    runs: Sequence[Recorded], factors: Sequence[str], groups: Sequence[Group], objective: Objective
) -> list[Standing]:
    """Return a standing for each combination of levels, the best first and those without a value last.

    Args:
        runs: The runs that count, at most one for each combination and seed.
        factors: The settings that varied.
        groups: The statistics of the repeats of each combination.
        objective: The metric that runs are compared by, and its direction.
    """
    members: dict[tuple[str, ...], list[Recorded]] = {}
    for run in runs:
        members.setdefault(levels_of(run, factors), []).append(run)
    sign = -1 if objective.direction == "maximize" else 1
    found = []
    for each in groups:
        own = members.get(each.levels, [])
        value, interval = (None, None) if each.diverged else (each.mean, _within(each.interval, objective.metric))
        levels = dict(zip(factors, each.levels, strict=True))
        measured = [run for run in own if final_value(run, objective.metric) is not None]
        found.append(Standing(None, levels, value, interval, own, measured, each.diverged))
    found.sort(key=lambda standing: (math.inf if standing.value is None else sign * standing.value, standing.diverged))
    return _placed(found)


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

"""All that a set of runs tells, before it is put into words, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zerosweep.config.schemas import Objective
from zerosweep.report.factors import SEED, Factors, find_factors, level, levels
from zerosweep.report.finding import JudgedFinding
from zerosweep.report.outcome import Counts, best, count, outcome, ranked
from zerosweep.report.repeats import Group, Observation, PairedDifference, differences, group, once_each, repeated
from zerosweep.report.table import Table, error_of, run_table
from zerosweep.tracking.record import Recorded


@dataclass(frozen=True)
class Failure:
    """label: the run's name; run: None where it left none in the store; why: one line."""

    label: str
    run: Recorded | None
    why: str


@dataclass(frozen=True)
class Results:
    """runs: the best first, as the rows of `table`. groups: empty unless some combination of levels was run more than once.
    doubled: runs equal to a later one in all factors and the seed, of other code or data, which the statistics leave out. findings: published ones, held
    against these runs."""

    objective: Objective
    runs: Sequence[Recorded]
    factors: Factors
    counts: Counts
    best: Recorded | None
    table: Table
    groups: Sequence[Group]
    differences: Sequence[PairedDifference]
    doubled: int
    failures: Sequence[Failure]
    findings: Sequence[JudgedFinding] = ()

    @property
    def seeds_vary(self) -> bool:
        return len(levels(self.runs, SEED)) > 1

    def settings(self, run: Recorded) -> dict[str, str]:
        """What distinguishes the run: its level of each factor, of what follows from them, and its seed."""
        names = [*self.factors.names, *self.factors.follows, *([SEED] if self.seeds_vary else [])]
        return {name: run.params[name] for name in names if name in run.params}


def find_out(
    runs: Sequence[Recorded],
    objective: Objective,
    swept: Sequence[str] = (),
    cached: frozenset[str] = frozenset(),
    failed: Mapping[str, str] | None = None,
) -> Results:
    """swept: the keys swept over, where they are known; cached: ids of runs answered from the record; failed: failures that
    left no run in the store, label -> why."""
    failed = failed or {}
    factors = find_factors(runs, swept)
    in_turn = ranked(runs, objective)
    seen = _observations(runs, factors.names, objective)
    observations = once_each(seen)
    groups = group(observations)
    return Results(
        objective=objective,
        runs=in_turn,
        factors=factors,
        counts=count(runs, cached, len(failed)),
        best=best(runs, objective),
        table=run_table(runs, factors.names, objective),
        groups=groups if repeated(groups) else [],
        differences=differences(observations),
        doubled=len(seen) - len(observations),
        failures=[*map(_failure, _unfinished(in_turn)), *(Failure(label, None, why) for label, why in failed.items())],
    )


def _observations(runs: Sequence[Recorded], factors: Sequence[str], objective: Objective) -> list[Observation]:
    """Of all runs that ended, in the order of their levels; of equal ones those with a value first, then the latest."""
    ended = [run for run in runs if run.status != "RUNNING"]
    ended.sort(key=lambda run: (outcome(run, objective.metric) is None, -run.started))
    places = [{name: i for i, name in enumerate(levels(runs, factor))} for factor in factors]

    def place(run: Recorded) -> list[int]:
        return [where[level(run, factor)] for where, factor in zip(places, factors, strict=True)]

    return [
        Observation(
            {factor: level(run, factor) for factor in factors},
            level(run, SEED),
            outcome(run, objective.metric),
            run.verdict == "diverged",
        )
        for run in sorted(ended, key=place)
    ]


def _unfinished(runs: Sequence[Recorded]) -> list[Recorded]:
    return [run for run in runs if run.status in ("FAILED", "KILLED")]


def _failure(run: Recorded) -> Failure:
    why = error_of(run) or ("stopped before its end" if run.status == "KILLED" else "no error was kept")
    return Failure(run.name, run, why)

"""The results of a set of runs: everything that descriptions, tables and figures are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from zerosweep.config.schemas import Objective
from zerosweep.naming import run_name
from zerosweep.report.factors import SEED, Factors, find_factors, level, levels
from zerosweep.report.failures import Explanation, explanations
from zerosweep.report.finding import JudgedFinding
from zerosweep.report.outcome import Counts, best, count, final_value, ranked
from zerosweep.report.ranking import Standing, ranking
from zerosweep.report.repeats import (
    Group,
    Observation,
    PairedDifference,
    differences,
    group,
    repeated,
    without_duplicates,
)
from zerosweep.report.table import Table, error_of, run_table
from zerosweep.tracking.record import Recorded


@dataclass(frozen=True)
class Failure:
    """A job that failed, or was killed.

    Attributes:
        label: The name of the run.
        run: The run; None where it left none in the store.
        why: The reason, in one line.
    """

    label: str
    run: Recorded | None
    why: str


@dataclass(frozen=True)
class Results:
    """The results of a set of runs.

    Attributes:
        objective: The metric that runs are compared by, and its direction.
        runs: All runs, the best first, in the order of the rows of `table`.
        factors: The settings that varied.
        counts: Numbers of runs by how they ended.
        best: The best run; None where no run has a value of the objective.
        ranking: The combinations of levels, the best first, by the mean over their repeats.
        table: A row for each run.
        groups: Repeats; empty unless some combination of levels was run more than once.
        differences: Paired differences between levels; empty unless a seed was repeated, as one seed shows none.
        duplicates: Number of runs that the statistics leave out, because another run has equal factors and an equal
            seed, but other code or data.
        failures: The jobs that failed or were killed.
        explanations: Why runs did not learn, a way of failing each.
        others: The directions of the further objectives of a search, by metric.
        findings: Published findings, judged on these runs.
    """

    objective: Objective
    runs: Sequence[Recorded]
    factors: Factors
    counts: Counts
    best: Recorded | None
    ranking: Sequence[Standing]
    table: Table
    groups: Sequence[Group]
    differences: Sequence[PairedDifference]
    duplicates: int
    failures: Sequence[Failure]
    explanations: Sequence[Explanation] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[JudgedFinding] = ()

    @cached_property
    def seeds_vary(self) -> bool:
        """True where the runs have more than one seed."""
        return len(levels(self.runs, SEED)) > 1

    def settings(self, run: Recorded) -> dict[str, str]:
        """Return the settings that distinguish a run: factors, what follows from them, and the seed if it varies."""
        names = [*self.factors.names, *self.factors.follows, *([SEED] if self.seeds_vary else [])]
        return {name: run.params[name] for name in names if name in run.params}

    def name(self, run: Recorded) -> str:
        """Return what distinguishes a run from the others, short; its own name where nothing does."""
        settings = self.settings(run)
        return run_name(settings) if settings else run.name


def analyse(
    runs: Sequence[Recorded],
    objective: Objective,
    swept: Sequence[str] = (),
    cached: frozenset[str] = frozenset(),
    failed: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
    tried: Mapping[str, Recorded] | None = None,
) -> Results:
    """Compute the results of a set of runs, without published findings.

    Args:
        runs: The runs.
        objective: The metric that runs are compared by, and its direction.
        swept: The settings that were swept, if known.
        cached: Ids of the runs that were answered from the record.
        failed: The reason of each failure that left no run in the store, by label.
        others: The directions of the further objectives of a search, by metric.
        tried: The run with the remedy, by the id of a run whose diagnosis was verified.
    """
    failed, others = failed or {}, others or {}
    factors = find_factors(runs, swept)
    in_order = ranked(runs, objective)
    found = _observations(runs, factors.names, objective)
    observations = without_duplicates(found)
    groups = group(observations)
    by_id = {run.run_id: run for run in runs}
    counted = [by_id[observation.run_id] for observation in observations]
    return Results(
        objective=objective,
        runs=in_order,
        factors=factors,
        counts=count(runs, cached, len(failed)),
        best=best(runs, objective),
        ranking=ranking(counted, factors.names, groups, objective, others),
        table=run_table(runs, factors.names, objective),
        groups=groups if repeated(groups) else [],
        differences=differences(observations) if repeated(groups) else [],
        duplicates=len(found) - len(observations),
        failures=[*map(_failure, _unfinished(in_order)), *(Failure(label, None, why) for label, why in failed.items())],
        explanations=explanations(in_order, tried),
        others=others,
    )


def _observations(runs: Sequence[Recorded], factors: Sequence[str], objective: Objective) -> list[Observation]:
    """Return an observation for each run that ended, in the order of levels.

    Of runs with equal levels and seed those with a value come first, the latest of them before all others.
    """
    ended = [run for run in runs if run.status != "RUNNING"]
    ended.sort(key=lambda run: (final_value(run, objective.metric) is None, -run.started))
    positions = [{name: i for i, name in enumerate(levels(runs, factor))} for factor in factors]

    def position(run: Recorded) -> list[int]:
        return [order[level(run, factor)] for order, factor in zip(positions, factors, strict=True)]

    return [
        Observation(
            {factor: level(run, factor) for factor in factors},
            level(run, SEED),
            final_value(run, objective.metric),
            run.verdict == "diverged",
            run.run_id,
        )
        for run in sorted(ended, key=position)
    ]


def _unfinished(runs: Sequence[Recorded]) -> list[Recorded]:
    return [run for run in runs if run.status in ("FAILED", "KILLED")]


def _failure(run: Recorded) -> Failure:
    why = error_of(run) or ("stopped before its end" if run.status == "KILLED" else "no error is recorded")
    return Failure(run.name, run, why)

"""The runs of a comparison: what a figure draws of each, and how they are grouped by the levels of their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.drawing.levels import in_order
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.figures.drawing.words import Titles, level_names, titles_of

FINE = ("learned", "finished")
"""Verdicts of runs that are drawn without a remark."""


@dataclass(frozen=True)
class ComparedRun:
    """One run in a comparison.

    Attributes:
        levels: Level of each factor, as in an override: {"init.scale": "0.01", "bn": "true"}; never the seed.
        seed: "" where the comparison has no repeats.
        verdict: learned, finished, slow, stuck, dying, diverged, pruned, or "" for a run that failed, which has no numbers.
        value: The metric at the run's end; None where it was never finite.
        steps: Steps at which the metric was recorded; may be empty.
        values: The metric at each of the `steps`.
        arrays: The saved arrays that the figure is drawn from, by name; empty where the run has none.
        per_epoch: Number of steps in an epoch; None where there are no epochs.
    """

    levels: Mapping[str, str]
    seed: str
    verdict: str
    value: float | None
    steps: Sequence[int]
    values: Sequence[float]
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    per_epoch: int | None = None

    @property
    def final(self) -> float:
        """The final value to draw, NaN where there is none."""
        value = np.nan if self.value is None else float(self.value)
        return float(drawable(np.array([value]))[0]) if np.isfinite(value) else np.nan

    @property
    def status(self) -> str:
        """The text drawn in place of a number that this run does not have: "failed", "no value" or its verdict."""
        if self.verdict in FINE:
            return "no value"
        return self.verdict or "failed"

    def level(self, factor: str) -> str:
        """Return the level of a factor, "" where the run has no such setting, as its optimizer is another."""
        return self.levels.get(factor, "")


def steps_per_epoch(runs: Sequence[ComparedRun]) -> int | None:
    """Return the number of steps in an epoch, None where the runs differ in it or have no epochs."""
    found = {run.per_epoch for run in runs}
    return found.pop() if len(found) == 1 else None


Combination = tuple[str, ...]
"""A level of each of some factors."""


def finite_curve(run: ComparedRun) -> tuple[Floats, Floats]:
    """Return the steps and values of a run's curve, each of shape (n,), by increasing step.

    Values that are not finite are left out. Of two values at one step the later counts.
    """
    last = dict(zip(run.steps, run.values, strict=True))
    steps = np.array(sorted(last), np.float64)
    values = np.array([last[step] for step in sorted(last)], np.float64)
    finite = np.isfinite(values)
    return steps[finite], drawable(values[finite])


def levels_of(runs: Sequence[ComparedRun], factor: str) -> list[str]:
    """Return the levels of a factor that occur, in the order in which they are drawn."""
    return in_order([run.level(factor) for run in runs])


def by_levels(runs: Sequence[ComparedRun], factors: Sequence[str]) -> dict[Combination, list[ComparedRun]]:
    """Group the runs by their levels of these factors. The runs of a group are repeats of one another.

    The groups are in the order of their levels; the last factor varies fastest.
    """
    places = [{level: i for i, level in enumerate(levels_of(runs, factor))} for factor in factors]
    groups: dict[Combination, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(tuple(run.level(factor) for factor in factors), []).append(run)

    def place(combination: Combination) -> list[int]:
        return [where[level] for where, level in zip(places, combination, strict=True)]

    return {combination: groups[combination] for combination in sorted(groups, key=place)}


def labels_of(runs: Sequence[ComparedRun], factors: Sequence[str]) -> Titles:
    """Return the levels of each factor as short texts, without the name of the factor."""
    return {factor: level_names(factor, levels_of(runs, factor)) for factor in factors}


def titles_in(runs: Sequence[ComparedRun], factors: Sequence[str]) -> Titles:
    """Return the levels of each factor as titles, which say what the setting is."""
    return titles_of({factor: levels_of(runs, factor) for factor in factors})


def combination_title(factors: Sequence[str], combination: Combination, titles: Titles) -> str:
    """Return a combination of levels as a title: "Adam, with batch normalization"."""
    return ", ".join(titles[factor][level] for factor, level in zip(factors, combination, strict=True))


def titled_runs(runs: Sequence[ComparedRun], factors: Sequence[str]) -> list[tuple[str, ComparedRun]]:
    """Return the first run of each combination of levels, in order, each after its levels as text."""
    titles = titles_in(runs, factors)
    return [
        (combination_title(factors, combination, titles), repeats[0])
        for combination, repeats in by_levels(runs, factors).items()
    ]


def thinned(steps: Floats, values: Floats, width: int) -> tuple[Floats, Floats]:
    """Return the mean of every `width` consecutive values, each at the last of their steps."""
    if width == 1 or not len(steps):
        return steps, values
    starts = np.arange(0, len(values), width)
    counts = np.diff(np.append(starts, len(values)))
    return steps[starts + counts - 1], np.add.reduceat(values / width, starts) * (width / counts)

"""What a comparison knows of a run, and the runs in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.drawing.levels import in_order
from zerosweep.figures.drawing.numbers import Floats, drawable


@dataclass(frozen=True)
class Compared:
    """One run in a comparison.

    levels: factor -> level, as typed on the command line: {"init.scale": "0.01", "bn": "true"}; never the seed. seed: ""
    where the comparison has no repeats. verdict: learned, stuck, dying, diverged, pruned, or "" for a run that failed (no
    numbers then). value: of metric y at its end; None where it was never finite. steps, values: the curve of y; may be empty.
    arrays: what the run keeps for the figure asked for, by name.
    """

    levels: Mapping[str, str]
    seed: str
    verdict: str
    value: float | None
    steps: Sequence[int]
    values: Sequence[float]
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    @property
    def final(self) -> float:
        """The value to draw, NaN where there is none."""
        value = np.nan if self.value is None else float(self.value)
        return float(drawable(np.array([value]))[0]) if np.isfinite(value) else np.nan

    @property
    def word(self) -> str:
        """What is written where this run has no number to draw."""
        return {"": "failed", "learned": "no value"}.get(self.verdict, self.verdict)

    def level(self, factor: str) -> str:
        """ "" where the run has no such setting: its optimizer, say, is another."""
        return self.levels.get(factor, "")


Combination = tuple[str, ...]
"""A level of each of some factors."""


def curve(run: Compared) -> tuple[Floats, Floats]:
    """steps, values: (n,), by increasing step, where the value is finite; of two values at one step the later."""
    last = dict(zip(run.steps, run.values, strict=True))
    steps = np.array(sorted(last), np.float64)
    values = np.array([last[step] for step in sorted(last)], np.float64)
    finite = np.isfinite(values)
    return steps[finite], drawable(values[finite])


def levels_of(runs: Sequence[Compared], factor: str) -> list[str]:
    """The levels that occur, in the order in which they are drawn."""
    return in_order([run.level(factor) for run in runs])


def by_levels(runs: Sequence[Compared], factors: Sequence[str]) -> dict[Combination, list[Compared]]:
    """The runs of every combination of levels that occurs; the last factor varies fastest. Runs of one are repeats."""
    places = [{level: i for i, level in enumerate(levels_of(runs, factor))} for factor in factors]
    groups: dict[Combination, list[Compared]] = {}
    for run in runs:
        groups.setdefault(tuple(run.level(factor) for factor in factors), []).append(run)

    def place(combination: Combination) -> list[int]:
        return [where[level] for where, level in zip(places, combination, strict=True)]

    return {combination: groups[combination] for combination in sorted(groups, key=place)}


def thinned(steps: Floats, values: Floats, width: int) -> tuple[Floats, Floats]:
    """Means over every `width` values, each at the last of their steps."""
    if width == 1 or not len(steps):
        return steps, values
    starts = np.arange(0, len(values), width)
    counts = np.diff(np.append(starts, len(values)))
    return steps[starts + counts - 1], np.add.reduceat(values / width, starts) * (width / counts)

"""The final values of repeats: their mean and interval, and how many runs did not learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import FINE, Combination, ComparedRun, by_levels
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.metrics import MAXIMIZE, MINIMIZE, NEITHER
from zerosweep.statistics import sample


@dataclass(frozen=True)
class FinalValues:
    """The final values of the runs of one combination of levels.

    Attributes:
        values: The finite ones, shape (n,).
        mean: Their mean; NaN without any, and where a run diverged, since the mean of the survivors would hide it.
        half: Half the width of the mean's 95 % interval; NaN without a mean, for a single value and for equal ones.
        troubles: Number of runs that did not learn, by their status.
        runs: Number of all runs.
    """

    values: Floats
    mean: float
    half: float
    troubles: Mapping[str, int]
    runs: int

    @property
    def has_mean(self) -> bool:
        """Whether the combination has a mean."""
        return bool(np.isfinite(self.mean))

    @property
    def main_trouble(self) -> str:
        """Diverged if any run did, else the status of most of the runs that did not learn; "" where all did."""
        return (
            "diverged"
            if "diverged" in self.troubles
            else max(self.troubles, key=lambda status: self.troubles[status], default="")
        )

    @property
    def troubles_label(self) -> str:
        """The troubles as text: "diverged", or "2 of 5 diverged, 1 of 5 stuck"."""
        of = f" of {self.runs}"
        return ", ".join(status if n == self.runs else f"{n}{of} {status}" for status, n in self.troubles.items())


def summarize(repeats: Sequence[ComparedRun]) -> FinalValues:
    """Return the final values of all runs of one combination of levels."""
    finals = np.array([run.final for run in repeats], np.float64)
    values = finals[~np.isnan(finals)]
    repeated = sample(values[:, None])
    troubles = Counter(
        run.status for run, final in zip(repeats, finals, strict=True) if run.verdict not in FINE or np.isnan(final)
    )
    mean, half = (np.nan, np.nan) if "diverged" in troubles else (float(repeated.mean[0]), float(repeated.half[0]))
    return FinalValues(values, mean, half, troubles, len(repeats))


def final_values(runs: Sequence[ComparedRun], factors: Sequence[str]) -> dict[Combination, FinalValues]:
    """Return the final values of every combination of levels that was run, in the order of the levels."""
    return {combination: summarize(repeats) for combination, repeats in by_levels(runs, factors).items()}


def by_mean(found: Mapping[Combination, FinalValues], direction: str) -> list[Combination]:
    """Return the combinations from the best mean to the worst, or in their own order where no direction is better.

    Combinations in which a run diverged follow, by the mean of the others, and those without a value come last.

    Args:
        found: The final values of each combination.
        direction: maximize, minimize or neither.
    """
    sign = {MAXIMIZE: -1, MINIMIZE: 1, NEITHER: 0}[direction]

    def place(combination: Combination) -> tuple[bool, bool, float]:
        each = found[combination]
        known = len(each.values) > 0
        return not known, not each.has_mean, sign * float(np.mean(each.values)) if known else 0.0

    return sorted(found, key=place)

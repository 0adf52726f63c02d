"""What the runs of one combination of levels ended with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import Combination, Compared, by_levels
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.metrics import MAXIMIZE, MINIMIZE, NEITHER
from zerosweep.statistics import sample


@dataclass(frozen=True)
class FinalValues:
    """values: (n,), the final values that are finite; mean: of them, NaN without any; half: half the width of its 95 % interval,
    NaN for fewer than two and for equal ones. troubles: how many runs did not learn, by the word for it; runs: how many there are."""

    values: Floats
    mean: float
    half: float
    troubles: Mapping[str, int]
    runs: int

    @property
    def trouble(self) -> str:
        """The word for most of the runs that did not learn; "" where all did."""
        return max(self.troubles, key=lambda word: self.troubles[word], default="")

    @property
    def told(self) -> str:
        """The troubles in words: "diverged", or "2 of 5 diverged, 1 of 5 stuck"."""
        of = f" of {self.runs}"
        return ", ".join(word if n == self.runs else f"{n}{of} {word}" for word, n in self.troubles.items())


def outcome(repeats: Sequence[Compared]) -> FinalValues:
    """Of all runs of one combination of levels."""
    finals = np.array([run.final for run in repeats], np.float64)
    values = finals[~np.isnan(finals)]
    repeated = sample(values[:, None])
    troubles = Counter(
        run.word for run, final in zip(repeats, finals, strict=True) if run.verdict != "learned" or np.isnan(final)
    )
    return FinalValues(values, float(repeated.mean[0]), float(repeated.half[0]), troubles, len(repeats))


def outcomes(runs: Sequence[Compared], factors: Sequence[str]) -> dict[Combination, FinalValues]:
    """By combination of levels, in order."""
    return {combination: outcome(repeats) for combination, repeats in by_levels(runs, factors).items()}


def best_first(found: Mapping[Combination, FinalValues], direction: str) -> list[Combination]:
    """Return the combinations from the best mean to the worst, or in their own order where the direction is neither; those without
    a value last. direction: maximize, minimize or neither."""
    sign = {MAXIMIZE: -1, MINIMIZE: 1, NEITHER: 0}[direction]

    def place(combination: Combination) -> tuple[bool, float]:
        mean = found[combination].mean
        return (True, 0.0) if np.isnan(mean) else (False, sign * mean)

    return sorted(found, key=place)

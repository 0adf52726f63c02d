"""What the figures know of a trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import thinned
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.metrics import MAXIMIZE

POINTS = 200
"""At most so many points of a curve are drawn; each is the mean of the values that it stands for."""


@dataclass(frozen=True)
class DrawnTrial:
    """One trial of a search.

    state: complete, pruned, failed (it raised, or its worker died), diverged or running. params: the settings it tried; one that
    its options do not have is absent. values: the objectives, empty unless complete. curve: (step, value) reported on the way.
    verdict: learned, stuck, dying, diverged or "".
    """

    number: int
    state: str
    params: Mapping[str, str | float | int]
    values: tuple[float, ...]
    curve: tuple[tuple[int, float], ...]
    verdict: str = ""

    @property
    def outcome(self) -> str:
        """The state, but "diverged" also where a search counts that as a value of its own, and "no value" where an objective
        is no finite number. Only a trial that is "complete" here is drawn at its values, and can be the best."""
        if self.state in ("complete", "failed") and self.verdict == "diverged":
            return "diverged"
        if self.state == "complete" and not (self.values and np.isfinite(self.values).all()):
            return "no value"
        return self.state


def by_outcome(trials: Sequence[DrawnTrial]) -> dict[str, list[DrawnTrial]]:
    """The trials of each outcome, in their order."""
    groups: dict[str, list[DrawnTrial]] = {}
    for trial in trials:
        groups.setdefault(trial.outcome, []).append(trial)
    return groups


def completed(trials: Sequence[DrawnTrial]) -> list[DrawnTrial]:
    """Those with values, by number."""
    return sorted((trial for trial in trials if trial.outcome == "complete"), key=lambda trial: trial.number)


def objective(trials: Sequence[DrawnTrial], which: int = 0) -> Floats:
    """(n,), one objective of complete trials, of a size that can be drawn."""
    return drawable(np.array([trial.values[which] for trial in trials], np.float64))


def best_first(trials: Sequence[DrawnTrial], direction: str, which: int = 0) -> list[DrawnTrial]:
    """The complete ones from the best to the worst; of equal ones the earlier first."""
    sign = -1 if direction == MAXIMIZE else 1
    return sorted(completed(trials), key=lambda trial: sign * trial.values[which])


def polyline(curve: Iterable[tuple[int, float]]) -> Floats:
    """(n, 2), steps and finite values, by step: what is drawn of a curve."""
    points = np.array(sorted(curve), np.float64).reshape(-1, 2)
    points = points[np.isfinite(points[:, 1])]
    width = max(1, -(-len(points) // POINTS))
    return np.stack(thinned(points[:, 0], drawable(points[:, 1]), width), axis=1)

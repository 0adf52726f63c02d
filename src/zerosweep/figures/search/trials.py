"""A trial as the figures see it, and how trials are grouped and ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.compared import thinned
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.metrics import MAXIMIZE

POINTS = 200
"""The most points of a drawn curve. Each is the mean of consecutive values."""


@dataclass(frozen=True)
class DrawnTrial:
    """One trial of a search.

    Attributes:
        number: Its number in the study.
        state: complete, infeasible (it violates a constraint), pruned, failed (it raised, or its worker died),
            diverged or running.
        params: Its values by setting, without the settings that its options do not have.
        values: The objective values; empty unless it is complete.
        curve: The (step, value) pairs that it reported.
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
        """The state, with two exceptions.

        It is "diverged" for every diverged trial, also where the search gives such trials a value. It is "no value"
        where an objective of a complete trial is not finite. Only a trial whose outcome is "complete" is drawn at
        its values, and can be the best.
        """
        if self.state in ("complete", "failed") and self.verdict == "diverged":
            return "diverged"
        if self.state == "complete" and not (self.values and np.isfinite(self.values).all()):
            return "no value"
        return self.state


def by_outcome(trials: Sequence[DrawnTrial]) -> dict[str, list[DrawnTrial]]:
    """Return the trials of each outcome, in their order."""
    groups: dict[str, list[DrawnTrial]] = {}
    for trial in trials:
        groups.setdefault(trial.outcome, []).append(trial)
    return groups


def completed(trials: Sequence[DrawnTrial]) -> list[DrawnTrial]:
    """Return the trials whose outcome is "complete", by number."""
    return sorted((trial for trial in trials if trial.outcome == "complete"), key=lambda trial: trial.number)


def objective(trials: Sequence[DrawnTrial], which: int = 0) -> Floats:
    """Return one objective of complete trials, shape (n,), limited to sizes that can be drawn.

    Args:
        which: Index of the objective.
    """
    return drawable(np.array([trial.values[which] for trial in trials], np.float64))


def best_first(trials: Sequence[DrawnTrial], direction: str, which: int = 0) -> list[DrawnTrial]:
    """Return the complete trials from the best to the worst. Of equal trials the earlier comes first.

    Args:
        direction: maximize or minimize.
        which: Index of the objective.
    """
    sign = -1 if direction == MAXIMIZE else 1
    return sorted(completed(trials), key=lambda trial: sign * trial.values[which])


def polyline(curve: Iterable[tuple[int, float]]) -> Floats:
    """Return the drawn points of a curve, shape (n, 2): steps in ascending order, and finite values."""
    points = np.array(sorted(curve), np.float64).reshape(-1, 2)
    points = points[np.isfinite(points[:, 1])]
    width = max(1, -(-len(points) // POINTS))
    return np.stack(thinned(points[:, 0], drawable(points[:, 1]), width), axis=1)

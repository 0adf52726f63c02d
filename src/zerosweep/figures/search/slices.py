"""The objective of a search against each of its settings, as series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.search.marks import without_value
from zerosweep.figures.search.settings import Setting
from zerosweep.figures.search.trials import DrawnTrial, best_first, by_outcome, completed, objective

MOST_PANELS = 12
"""More settings than these are not drawn."""


@dataclass(frozen=True)
class Slice:
    """places, values, numbers: (n,), of the complete trials that have the setting, by number. others: places along the setting of
    those without a value, by outcome. absent: how many trials do not have it. best: place and value of the best trial of all, None
    where it does not have it."""

    setting: Setting
    places: Floats
    values: Floats
    numbers: Floats
    others: Mapping[str, Floats]
    absent: int
    best: tuple[float, float] | None

    @property
    def trials(self) -> int:
        """All of them."""
        return len(self.places) + sum(map(len, self.others.values())) + self.absent


def slices(trials: Sequence[DrawnTrial], settings: Sequence[Setting], direction: str) -> list[Slice]:
    """One for each setting, in their order."""
    done, groups = completed(trials), by_outcome(trials)
    values, numbers = objective(done), np.array([trial.number for trial in done], np.float64)
    best = best_first(done, direction)[:1]
    found = []
    for setting in settings:
        places = setting.places(done)
        has = ~np.isnan(places)
        others = {outcome: _present(setting.places(groups[outcome])) for outcome in without_value(groups)}
        others = {outcome: there for outcome, there in others.items() if len(there)}
        absent = len(trials) - int(has.sum()) - sum(map(len, others.values()))
        at = _present(setting.places(best))
        ring = (float(at[0]), float(objective(best)[0])) if len(at) else None
        found.append(Slice(setting, places[has], values[has], numbers[has], others, absent, ring))
    return found


def _present(places: Floats) -> Floats:
    return places[~np.isnan(places)]

"""The settings of a search: which varied, their order, and how each runs along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.levels import in_order, level_labels, number, numbers
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.figures.search.axes import linear, logarithmic, named
from zerosweep.figures.search.trials import DrawnTrial

MOST_NAMES = 20
"""More words than these are not all named along an axis."""

FEW = 6
"""So many numbers are each named along an axis, where there is room."""


@dataclass(frozen=True)
class Setting:
    """A setting with two levels or more. levels: all that were tried, as they are typed, numbers by size. numeric: whether they
    are numbers, and not options to choose from. log: whether to show them by orders of magnitude. came: its place among the
    settings as the trials list them."""

    name: str
    levels: Sequence[str]
    numeric: bool
    log: bool
    came: int

    def axis(self, ticks: int = 4) -> Scale:
        """Of all levels. Options stand side by side, at 0, 1, 2, …"""
        if self.numeric:
            values = drawable(np.array(numbers(self.levels)))
            along = logarithmic(values, ticks) if self.log and values.min() > 0 else linear(values, ticks)
            return named(along, values) if len(values) <= FEW else along
        names = [*level_labels(self.levels).values()]
        places = np.arange(len(self.levels), dtype=np.float64)[:: -(-len(self.levels) // MOST_NAMES)]
        return Scale(-0.5, len(self.levels) - 0.5, False, places, [names[int(place)] for place in places])

    def places(self, trials: Sequence[DrawnTrial]) -> Floats:
        """(n,), where each trial is along the axis; NaN for one that does not have the setting."""
        typed = [level(trial, self.name) for trial in trials]
        if self.numeric:
            found = np.array([np.nan if value is None else float(value) for value in typed], np.float64)
            return np.where(np.isnan(found), np.nan, drawable(found))
        place = {value: float(i) for i, value in enumerate(self.levels)}
        return np.array([np.nan if value is None else place[value] for value in typed], np.float64)


def level(trial: DrawnTrial, name: str) -> str | None:
    """What the trial tried, as it is typed; None where it does not have the setting."""
    value = trial.params.get(name)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def settings_of(trials: Sequence[DrawnTrial], log: frozenset[str], importances: Mapping[str, float]) -> list[Setting]:
    """Those that varied, the most important first, and of equally important ones numbers first, then as they came."""
    options = {name for trial in trials for name, value in trial.params.items() if isinstance(value, str | bool)}
    found = [
        _setting(name, levels, name in options, log, came)
        for came, (name, levels) in enumerate(levels_of(trials).items())
        if len(levels) > 1
    ]
    return sorted(found, key=lambda setting: (-_weight(importances, setting.name), not setting.numeric))


def fixed(trials: Sequence[DrawnTrial]) -> dict[str, str]:
    """The settings that have one level in all trials that have them."""
    return {name: levels[0] for name, levels in levels_of(trials).items() if len(levels) == 1}


def levels_of(trials: Sequence[DrawnTrial]) -> dict[str, list[str]]:
    """The levels of each setting, as they came."""
    levels: dict[str, dict[str, None]] = {}
    for trial in trials:
        for name in trial.params:
            if (typed := level(trial, name)) is not None:
                levels.setdefault(name, {})[typed] = None
    return {name: [*several] for name, several in levels.items()}


def _setting(name: str, levels: list[str], options: bool, log: frozenset[str], came: int) -> Setting:
    """Options that are numbers are an axis from three of them on: below that they are rather a switch."""
    ordered = in_order(levels)
    values = numbers(ordered)
    numeric = bool(values) and (not options or len(values) > 2)
    wide = options and numeric and values[0] > 0 and values[-1] / 100 > values[0]
    return Setting(name, ordered, numeric, numeric and (name in log or wide), came)


def _weight(importances: Mapping[str, float], name: str) -> float:
    known = number(str(importances.get(name, 0.0)))
    return known if known is not None else 0.0


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Each name's end, as long as it tells the names apart: lr for optimizer.lr."""
    ends = {name: [".".join(name.split(".")[-parts:]) for parts in range(1, name.count(".") + 2)] for name in names}
    others = {name: [end for other in names if other != name for end in ends[other]] for name in names}
    return {name: next((end for end in ends[name] if end not in others[name]), name) for name in names}

"""The settings of a search: which of them varied, their order, and the axis of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.levels import in_order, number, numbers
from zerosweep.figures.drawing.numbers import Floats, drawable
from zerosweep.figures.drawing.words import level_names
from zerosweep.figures.search.axes import linear_scale, log_scale, ticks_at
from zerosweep.figures.search.trials import DrawnTrial

MOST_NAMES = 20
"""The most options that are all named along an axis. Of more, some are left out."""

FEW = 6
"""The most different numbers that each get a tick, where they fit."""


@dataclass(frozen=True)
class Setting:
    """A setting with two or more levels.

    Attributes:
        name: Name of the setting.
        levels: All values of the trials, as on the command line. Numbers are in ascending order.
        numeric: Whether the levels are numbers, and not options to choose from.
        log: Whether its axis has a log scale.
        position: Its position among the settings, as the trials list them.
    """

    name: str
    levels: Sequence[str]
    numeric: bool
    log: bool
    position: int

    def axis(self, ticks: int = 4, width: float = 4.0) -> Scale:
        """Return the axis of all levels, with about `ticks` ticks on `width` inches. Options are at 0, 1, 2, …"""
        if self.numeric:
            values = drawable(np.array(numbers(self.levels)))
            along = log_scale(values, ticks) if self.log and values.min() > 0 else linear_scale(values, ticks)
            return ticks_at(along, values, width) if len(values) <= FEW else along
        names = [*level_names(self.name, self.levels).values()]
        places = np.arange(len(self.levels), dtype=np.float64)[:: -(-len(self.levels) // MOST_NAMES)]
        return Scale(-0.5, len(self.levels) - 0.5, False, places, [names[int(place)] for place in places])

    def places(self, trials: Sequence[DrawnTrial]) -> Floats:
        """Return the place of each trial along the axis, shape (n,); NaN for a trial without the setting."""
        values = [level(trial, self.name) for trial in trials]
        if self.numeric:
            found = np.array([np.nan if value is None else float(value) for value in values], np.float64)
            return np.where(np.isnan(found), np.nan, drawable(found))
        place = {value: float(i) for i, value in enumerate(self.levels)}
        return np.array([np.nan if value is None else place[value] for value in values], np.float64)


def level(trial: DrawnTrial, name: str) -> str | None:
    """Return the trial's value of a setting, as on the command line; None if the trial does not have the setting."""
    value = trial.params.get(name)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def settings_of(trials: Sequence[DrawnTrial], log: frozenset[str], importances: Mapping[str, float]) -> list[Setting]:
    """Return the settings that varied, the most important first.

    Of equally important settings, numbers come first, and then the order in which the trials list them counts.

    Args:
        log: The settings that are searched on a log scale.
        importances: The importance of each setting; empty where unknown.
    """
    options = {name for trial in trials for name, value in trial.params.items() if isinstance(value, str | bool)}
    found = [
        _setting(name, levels, name in options, log, position)
        for position, (name, levels) in enumerate(levels_of(trials).items())
        if len(levels) > 1
    ]
    return sorted(found, key=lambda setting: (-_weight(importances, setting.name), not setting.numeric))


def fixed(trials: Sequence[DrawnTrial]) -> dict[str, str]:
    """Return the value of each setting that is the same in all trials that have it."""
    return {name: levels[0] for name, levels in levels_of(trials).items() if len(levels) == 1}


def levels_of(trials: Sequence[DrawnTrial]) -> dict[str, list[str]]:
    """Return the different values of each setting, in the order of the trials."""
    levels: dict[str, dict[str, None]] = {}
    for trial in trials:
        for name in trial.params:
            if (value := level(trial, name)) is not None:
                levels.setdefault(name, {})[value] = None
    return {name: [*values] for name, values in levels.items()}


def _setting(name: str, levels: list[str], options: bool, log: frozenset[str], position: int) -> Setting:
    """Return the setting with these levels.

    Options that are numbers count as numeric if there are three or more. Two are shown as a switch.

    Args:
        options: Whether the levels are options to choose from.
        log: The settings that are searched on a log scale.
    """
    ordered = in_order(levels)
    values = numbers(ordered)
    numeric = bool(values) and (not options or len(values) > 2)
    wide = options and numeric and values[0] > 0 and values[-1] / 100 > values[0]
    return Setting(name, ordered, numeric, numeric and (name in log or wide), position)


def _weight(importances: Mapping[str, float], name: str) -> float:
    """Return the importance of a setting; 0 if it is unknown or not finite."""
    known = number(str(importances.get(name, 0.0)))
    return known if known is not None else 0.0

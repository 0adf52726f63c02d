"""Which of the settings that varied makes the panels of a figure, its lines, its axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zerosweep.errors import SettingError
from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.levels import numbers, written
from zerosweep.figures.drawing.palette import MOST_WORDS
from zerosweep.figures.names import FIGURES, METRIC

MOST_COLUMNS = 6
"""Of a grid of panels."""


@dataclass(frozen=True)
class Choice:
    """What the user asked for: `report.figure`, and the factors `report.panels`, `report.lines` and `report.x`."""

    figure: str | None = None
    panels: str | None = None
    lines: str | None = None
    x: str | None = None

    def check(self, factors: Sequence[str]) -> None:
        """Raises `SettingError` for a figure that does not exist, or a factor that did not vary or has two roles."""
        if self.figure is not None and self.figure not in FIGURES:
            allowed = f"must be null or one of {', '.join(FIGURES)}"
            raise SettingError("report.figure", self.figure, allowed, FIGURES)
        roles: dict[str, str] = {}
        for role, factor in (("panels", self.panels), ("lines", self.lines), ("x", self.x)):
            if factor is None:
                continue
            if factor not in factors:
                choices = ", ".join(factors)
                allowed = f"must be one of {choices}" if choices else "must be null, as nothing varied"
                raise SettingError(f"report.{role}", factor, f"did not vary in this sweep; {allowed}", factors)
            if factor in roles:
                raise SettingError(f"report.{role}", factor, f"is report.{roles[factor]} already; must be another")
            roles[factor] = role


@dataclass(frozen=True)
class CurveRoles:
    """panels: a panel for every combination of their levels; lines: a line for every level, None for one line a panel."""

    panels: Sequence[str]
    lines: str | None


def scattered(runs: Sequence[Compared], factors: Sequence[str]) -> bool:
    """Whether the runs are points here and there, as of a random search, and no grid: nearly each has a level of its own,
    and less than half of all combinations were run."""
    combinations = len(by_levels(runs, factors))
    most, all_of_them = 0, 1
    for factor in factors:
        levels = len(levels_of(runs, factor))
        most, all_of_them = max(most, levels), all_of_them * levels
    return combinations > 4 and most > 0.8 * combinations and combinations < 0.5 * all_of_them


def joined(runs: Sequence[Compared], factors: Sequence[str]) -> tuple[list[Compared], list[str]]:
    """The runs with one factor instead of these, which has a level for each combination of theirs; and that factor."""
    names = {factor: written(levels_of(runs, factor)) for factor in factors}
    one = ", ".join(factors)
    return [
        replace(run, levels={one: ", ".join(names[factor][run.level(factor)] for factor in factors)}) for run in runs
    ], [one]


def curve_roles(runs: Sequence[Compared], factors: Sequence[str], choice: Choice) -> CurveRoles:
    """Unless chosen, the lines are the metrics where there are several, else the factor with the fewest levels, of equal ones
    true/false or else the last; all other factors make the panels. Where the runs are points here and there, or there are too many words for lines, all make panels."""
    lines = choice.lines or (METRIC if METRIC in factors and choice.panels != METRIC else None)
    rest = [factor for factor in factors if factor not in (choice.panels, lines)]
    if lines is None and rest and not scattered(runs, factors):
        lines = min(reversed(rest), key=lambda factor: _weight(levels_of(runs, factor)))
        if not can_be_lines(runs, lines):
            lines = None
    panels = [factor for factor in factors if factor != lines]
    if choice.panels is not None:
        panels = [choice.panels, *(factor for factor in panels if factor != choice.panels)]
    return CurveRoles(_columns_last(runs, panels), lines)


def _columns_last(runs: Sequence[Compared], panels: list[str]) -> list[str]:
    """The last factor varies along a row of panels: of those whose levels fit in a row the one with the most."""
    counts = {factor: len(levels_of(runs, factor)) for factor in panels}
    fitting = [factor for factor in panels if 2 <= counts[factor] <= MOST_COLUMNS]
    last = max(reversed(fitting), key=lambda factor: counts[factor], default=None)
    return panels if last is None else [*(factor for factor in panels if factor != last), last]


def can_be_lines(runs: Sequence[Compared], factor: str) -> bool:
    """Numbers can be told apart by a colour map, however many; words only by colours and dashes."""
    levels = levels_of(runs, factor)
    return len(levels) <= MOST_WORDS or bool(numbers(levels))


def _weight(levels: Sequence[str]) -> tuple[int, bool]:
    return len(levels), set(levels) != {"true", "false"}


@dataclass(frozen=True)
class HeatRoles:
    """x: along the map; rows: its rows; None where nothing is left. panels: a map for every combination of their levels."""

    x: str | None
    rows: str | None
    panels: Sequence[str]


def heat_roles(runs: Sequence[Compared], factors: Sequence[str], choice: Choice) -> HeatRoles:
    """Unless chosen, x and rows are the two factors with the most levels, numbers before words; x has more of them."""

    def extent(factor: str) -> tuple[bool, int]:
        levels = levels_of(runs, factor)
        return len(levels) > 2 and bool(numbers(levels)), len(levels)

    free = [factor for factor in factors if factor not in (choice.panels, choice.lines, choice.x)]
    free.sort(key=extent, reverse=True)  # stable: of equal ones the first
    x, rows = choice.x, choice.lines
    if x is None and free:
        x = free.pop(0)
    if rows is None and free:
        rows = free.pop(0)
    taken = {x, rows, choice.panels}
    panels = [choice.panels] if choice.panels is not None else []
    return HeatRoles(x, rows, [*panels, *(factor for factor in factors if factor not in taken)])

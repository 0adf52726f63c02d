"""The choice of the factors that make the panels, lines and axes of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zerosweep.errors import SettingError
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, levels_of, titles_in
from zerosweep.figures.drawing.levels import numbers
from zerosweep.figures.drawing.palette import MOST_WORDS
from zerosweep.figures.drawing.words import JOINT
from zerosweep.figures.names import METRIC, report_figures

MOST_COLUMNS = 6
"""The most columns of a grid of panels."""


@dataclass(frozen=True)
class Choice:
    """The settings of a report that choose its figure and the factors of panels, lines and x; None is no choice."""

    figure: str | None = None
    panels: str | None = None
    lines: str | None = None
    x: str | None = None

    def check(self, factors: Sequence[str]) -> None:
        """Check the choice against the factors that varied.

        Raises:
            SettingError: The figure is unknown, or a factor did not vary or is chosen twice.
        """
        if self.figure is not None and self.figure not in report_figures():
            allowed = f"must be null or one of {', '.join(report_figures())}"
            raise SettingError("report.figure", self.figure, allowed, report_figures())
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
    """The factors of a figure of curves.

    Attributes:
        panels: A panel shows each combination of their levels.
        lines: A line shows each of its levels; None where a panel has one line.
    """

    panels: Sequence[str]
    lines: str | None


def is_scattered(runs: Sequence[ComparedRun], factors: Sequence[str]) -> bool:
    """Return whether the runs are scattered, as those of a random search, instead of on a grid.

    Some factor has a level of its own for nearly each run, and less than half of all combinations were run.
    """
    combinations = len(by_levels(runs, factors))
    most, all_of_them = 0, 1
    for factor in factors:
        levels = len(levels_of(runs, factor))
        most, all_of_them = max(most, levels), all_of_them * levels
    return combinations > 4 and most > 0.8 * combinations and combinations < 0.5 * all_of_them


def join_factors(runs: Sequence[ComparedRun], factors: Sequence[str]) -> tuple[list[ComparedRun], list[str]]:
    """Join several factors into one, with a level for each combination of theirs.

    Returns:
        The runs with levels of the joint factor, and a list of that factor alone.
    """
    titles = titles_in(runs, factors)
    joint = JOINT.join(factors)
    return [
        replace(run, levels={joint: JOINT.join(titles[factor][run.level(factor)] for factor in factors)})
        for run in runs
    ], [joint]


def curve_roles(runs: Sequence[ComparedRun], factors: Sequence[str], choice: Choice) -> CurveRoles:
    """Return the factors of panels and lines for a figure of curves.

    - The lines are the chosen factor, else the metrics where there are several, else the factor with the fewest levels.
    - Of factors with equally many levels, true/false comes first, then the last one.
    - All other factors make the panels.
    - All factors make panels where the runs are scattered, or where the lines would be too many words.
    """
    lines = choice.lines or (METRIC if METRIC in factors and choice.panels != METRIC else None)
    rest = [factor for factor in factors if factor not in (choice.panels, lines)]
    if lines is None and rest and not is_scattered(runs, factors):
        lines = min(reversed(rest), key=lambda factor: _weight(levels_of(runs, factor)))
        if not can_be_lines(runs, lines):
            lines = None
    panels = [factor for factor in factors if factor != lines]
    if choice.panels is not None:
        panels = [choice.panels, *(factor for factor in panels if factor != choice.panels)]
    return CurveRoles(_columns_last(runs, panels), lines)


def _columns_last(runs: Sequence[ComparedRun], panels: list[str]) -> list[str]:
    """Move the factor to the end that varies along a row: of those whose levels fit in a row, the one with the most."""
    counts = {factor: len(levels_of(runs, factor)) for factor in panels}
    fitting = [factor for factor in panels if 2 <= counts[factor] <= MOST_COLUMNS]
    last = max(reversed(fitting), key=lambda factor: counts[factor], default=None)
    return panels if last is None else [*(factor for factor in panels if factor != last), last]


def can_be_lines(runs: Sequence[ComparedRun], factor: str) -> bool:
    """Return whether each level can have a line: there are shades for all numbers, but few styles for words."""
    levels = levels_of(runs, factor)
    return len(levels) <= MOST_WORDS or bool(numbers(levels))


def _weight(levels: Sequence[str]) -> tuple[int, bool]:
    """Return a key by which factors with fewer levels come first, and true/false before others of two levels."""
    return len(levels), set(levels) != {"true", "false"}


@dataclass(frozen=True)
class HeatRoles:
    """The factors of a heat map.

    Attributes:
        x: The factor along the columns; None where no factor is left.
        rows: The factor along the rows; None where no factor is left.
        panels: A map shows each combination of their levels.
    """

    x: str | None
    rows: str | None
    panels: Sequence[str]


def heat_roles(runs: Sequence[ComparedRun], factors: Sequence[str], choice: Choice) -> HeatRoles:
    """Return the factors of columns, rows and maps for a heat map.

    Unless they are chosen, columns and rows are the two factors with the most levels, numbers before words. The columns
    have more levels than the rows.
    """

    def extent(factor: str) -> tuple[bool, int]:
        levels = levels_of(runs, factor)
        return len(levels) > 2 and bool(numbers(levels)), len(levels)

    free = [factor for factor in factors if factor not in (choice.panels, choice.lines, choice.x)]
    free.sort(key=extent, reverse=True)  # stable: of equally long factors the first
    x, rows = choice.x, choice.lines
    if x is None and free:
        x = free.pop(0)
    if rows is None and free:
        rows = free.pop(0)
    taken = {x, rows, choice.panels}
    panels = [choice.panels] if choice.panels is not None else []
    return HeatRoles(x, rows, [*panels, *(factor for factor in factors if factor not in taken)])

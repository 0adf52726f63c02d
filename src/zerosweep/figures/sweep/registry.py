"""The figures of a comparison. Adding one is a module with a series and a draw function, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.levels import numbers
from zerosweep.figures.experiment import gradient_field, gradients, histogram_grid, trace_columns, trajectories
from zerosweep.figures.sweep import curve_grid, heat_map, heat_page, intervals
from zerosweep.figures.sweep.curves import curve_panels
from zerosweep.figures.sweep.encoding import Choice, curve_roles, heat_roles, joined, scattered
from zerosweep.figures.sweep.final_values import best_first, outcomes
from zerosweep.metrics import MAXIMIZE, NEITHER

FROM_ARRAYS: Mapping[str, Callable[[Sequence[Compared], Sequence[str], str], Figure]] = {
    "histograms": histogram_grid.draw,
    "traces": trace_columns.draw,
    "trajectories": trajectories.draw,
    "gradient_field": gradient_field.draw,
    "gradients": gradients.draw,
}
"""Figures of what each run keeps in arrays, drawn only where they are asked for: (runs, factors, title) -> figure. The factor
that is asked for as panels comes first."""

MOST_PANELS = 40
"""More panels than these are not drawn in one figure; of points here and there half of that."""

FEW = 12
"""At most so many points here and there are lines of one panel."""


def comparison_figures(
    runs: Sequence[Compared],
    factors: Sequence[str],
    y: str,
    title: str,
    *,
    figure: str | None = None,
    panels: str | None = None,
    lines: str | None = None,
    x: str | None = None,
    direction: str = MAXIMIZE,
) -> Iterator[tuple[str, Figure]]:
    """(file name without ending, figure) of each figure that tells something of these runs.

    factors: the settings that varied, in the order given, without the seed: runs of equal levels are repeats. y: the metric.
    figure: curves, heat_map, intervals, none, or None to choose by what varied; panels, lines, x: the factors for them, or
    None. direction: maximize or minimize y, or neither. A figure or factor that does not exist is a `SettingError`, raised at once.

    Curves are drawn wherever they can be told apart; a heat map comes first where two settings are numbers of three levels
    or more; intervals come last where there are repeats, or where there are too many words for curves.
    """
    choice = Choice(figure, panels, lines, x)
    choice.check(factors)
    return _figures(list(runs), list(factors), y, title, choice, direction)


def _figures(
    runs: list[Compared], factors: list[str], y: str, title: str, choice: Choice, direction: str
) -> Iterator[tuple[str, Figure]]:
    kinds = [choice.figure] if choice.figure else automatic(runs, factors, choice)
    if not runs:
        return
    if "heat_map" in kinds:
        found = heat_map.heat_maps(runs, heat_roles(runs, factors, choice), y, direction)
        yield "heat_map", heat_page.draw(found, y, title, direction)
    for name in kinds:
        if name in FROM_ARRAYS:
            yield name, FROM_ARRAYS[name](runs, sorted(factors, key=lambda one: one != choice.panels), title)
    if "curves" in kinds:
        yield "curves", _curves(runs, factors, y, title, choice, direction)
    if "intervals" in kinds:
        rows = intervals.intervals(runs, factors, direction)
        yield "intervals", intervals.draw(rows, factors, intervals.named(runs, factors), y, title)


def automatic(runs: Sequence[Compared], factors: Sequence[str], choice: Choice) -> list[str]:
    """The figures for what varied, in the order in which they are drawn."""
    numeric = [f for f in factors if len(levels := levels_of(runs, f)) >= 3 and numbers(levels)]
    others = [factor for factor in factors if factor not in numeric]
    plane = len(numeric) == 2 and len(by_levels(runs, others)) <= 4
    no_lines = curve_roles(runs, factors, choice).lines is None
    too_many_words = no_lines and set(factors) - {choice.panels} and not scattered(runs, factors)
    heat_map = plane or choice.x is not None or (too_many_words and len(factors) == 2)
    recorded = any(len(run.values) for run in runs) or all(run.value is None for run in runs)
    curves = recorded and not too_many_words
    repeats = any(len(repeats) > 1 for repeats in by_levels(runs, factors).values())
    kinds = {"heat_map": heat_map, "curves": curves, "intervals": repeats or not (heat_map or curves)}
    return [kind for kind, tells in kinds.items() if tells]


def _curves(
    runs: Sequence[Compared], factors: Sequence[str], y: str, title: str, choice: Choice, direction: str
) -> Figure:
    """At most MOST_PANELS panels: those with the best values, in the order of their levels. Of points here and there, a few are
    lines of one panel, and of more the best are a panel each, from the best on."""
    apart = scattered(runs, factors) and choice.panels is None and choice.lines is None
    if apart and len(by_levels(runs, factors)) <= FEW:
        runs, factors = joined(runs, factors)
        apart = False
    roles = curve_roles(runs, factors, choice)
    best = best_first(outcomes(runs, roles.panels), direction)
    best, left_out = best[: (most := MOST_PANELS // 2 if apart else MOST_PANELS)], best[most:]
    series = curve_panels(runs, roles)
    keys = best if apart else [key for key in series if key in best]
    levels = levels_of(runs, roles.lines) if roles.lines is not None else [""]
    which = f"have the best {y}{', from the best on' if apart else ''}" if direction != NEITHER else "are the first"
    notes = [f"{len(left_out)} more panels are not drawn: these {which}."] if left_out else []
    aligned = len(levels_of(runs, roles.panels[-1])) if len(roles.panels) > 1 and not apart else 1
    drawn = [series[key] for key in keys]
    return curve_grid.draw(drawn, levels, roles.lines, y, title, notes=notes, aligned=aligned)

"""The figures of a comparison. A new figure is a module, which makes its series and draws it, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.drawing.compared import ComparedRun, by_levels, labels_of, levels_of, steps_per_epoch
from zerosweep.figures.drawing.levels import numbers
from zerosweep.figures.experiment import (
    gradient_field,
    gradients,
    landscapes,
    optimizers,
    overflows,
    penalty_strength,
    regularizers,
    ridge_lasso,
    rounding,
    training_cost,
    two_layer,
    weight_scales,
)
from zerosweep.figures.names import OWN_SWEEP_FIGURES
from zerosweep.figures.run import activation_histograms, traces, trajectory
from zerosweep.figures.sweep import curves, heat_map, intervals
from zerosweep.figures.sweep.curve_series import curve_panels
from zerosweep.figures.sweep.encoding import Choice, curve_roles, heat_roles, is_scattered, join_factors
from zerosweep.figures.sweep.final_values import by_mean, final_values
from zerosweep.metrics import MAXIMIZE, NEITHER, axis_title

FROM_ARRAYS: Mapping[str, Callable[[Sequence[ComparedRun], Sequence[str], str], Figure]] = {
    "histograms": activation_histograms.draw,
    "traces": traces.draw,
    "trajectories": trajectory.draw,
    "gradient_field": gradient_field.draw,
    "gradients": gradients.draw,
    "weight_scales": weight_scales.draw,
    "landscapes": landscapes.draw,
    "training_cost": training_cost.draw,
    "two_layer": two_layer.draw,
    "rounding": rounding.draw,
    "ridge_lasso": ridge_lasso.draw,
    "penalty_strength": penalty_strength.draw,
    "optimizers": optimizers.draw,
    "regularizers": regularizers.draw,
    "overflows": overflows.draw,
}
"""Figures of saved arrays or of single experiments, drawn only on request: (runs, factors, title) -> figure. A factor chosen for panels is
the first of the factors."""

MOST_PANELS = 40
"""The most panels of a figure of curves; half as many where the runs are scattered."""

FEW = 12
"""The most scattered combinations that are lines of one panel instead of panels."""


def comparison_figures(
    runs: Sequence[ComparedRun],
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
    """Yield the name and the figure of each picture that shows something of these runs.

    Unless a figure is chosen, there are:
    - a heat map first, where two settings have three or more numeric levels;
    - curves, wherever they can be distinguished;
    - intervals last, where there are repeats, or neither of the others is drawn.

    Args:
        runs: The runs, in any order. Runs of equal levels are repeats.
        factors: The settings that varied, without the seed.
        y: The label of the metric.
        title: The title of each figure.
        figure: One of `report_figures()`, or None to choose by what varied.
        panels: The factor of the panels, or None.
        lines: The factor of the lines of curves or the rows of a heat map, or None.
        x: The factor along the columns of a heat map, or None.
        direction: maximize, minimize or neither.

    Raises:
        SettingError: The figure or a factor is unknown; raised before the first figure is asked for.
    """
    choice = Choice(figure, panels, lines, x)
    choice.check(factors)
    return _figures(list(runs), list(factors), y, title, choice, direction)


def _figures(
    runs: list[ComparedRun], factors: list[str], y: str, title: str, choice: Choice, direction: str
) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of a valid choice, one at a time."""
    kinds = [choice.figure] if choice.figure else automatic(runs, factors, choice)
    if not runs:
        return
    if "heat_map" in kinds:
        found = heat_map.heat_maps(runs, heat_roles(runs, factors, choice), y, direction)
        yield "heat_map", heat_map.draw(found, y, title, direction)
    for name in kinds:
        if name in FROM_ARRAYS:
            yield name, FROM_ARRAYS[name](runs, sorted(factors, key=lambda factor: factor != choice.panels), title)
        elif name in OWN_SWEEP_FIGURES:
            yield name, OWN_SWEEP_FIGURES[name](runs, factors, y, title)
    if "curves" in kinds:
        yield "curves", _curves(runs, factors, y, title, choice, direction)
    if "intervals" in kinds:
        rows = intervals.intervals(runs, factors, direction)
        yield "intervals", intervals.draw(rows, factors, labels_of(runs, factors), y, title)


def automatic(runs: Sequence[ComparedRun], factors: Sequence[str], choice: Choice) -> list[str]:
    """Return the names of the figures for what varied, in the order in which they are drawn."""
    numeric = [f for f in factors if len(levels := levels_of(runs, f)) >= 3 and numbers(levels)]
    others = [factor for factor in factors if factor not in numeric]
    plane = len(numeric) == 2 and len(by_levels(runs, others)) <= 4
    no_lines = curve_roles(runs, factors, choice).lines is None
    too_many_words = no_lines and set(factors) - {choice.panels} and not is_scattered(runs, factors)
    has_map = plane or choice.x is not None or (too_many_words and len(factors) == 2)
    recorded = any(len(run.values) for run in runs) or all(run.value is None for run in runs)
    has_curves = recorded and not too_many_words
    repeats = any(len(repeats) > 1 for repeats in by_levels(runs, factors).values())
    kinds = {"heat_map": has_map, "curves": has_curves, "intervals": repeats or not (has_map or has_curves)}
    return [kind for kind, useful in kinds.items() if useful]


def _curves(
    runs: Sequence[ComparedRun], factors: Sequence[str], y: str, title: str, choice: Choice, direction: str
) -> Figure:
    """Draw at most `MOST_PANELS` panels of curves: those with the best values, in the order of their levels.

    Scattered runs of a few combinations are lines of one panel. Of more, the best have a panel each, from the best on.
    """
    scattered = is_scattered(runs, factors) and choice.panels is None and choice.lines is None
    if scattered and len(by_levels(runs, factors)) <= FEW:
        runs, factors = join_factors(runs, factors)
        scattered = False
    roles = curve_roles(runs, factors, choice)
    best = by_mean(final_values(runs, roles.panels), direction)
    best, left_out = best[: (most := MOST_PANELS // 2 if scattered else MOST_PANELS)], best[most:]
    series = curve_panels(runs, roles)
    keys = best if scattered else [key for key in series if key in best]
    levels = levels_of(runs, roles.lines) if roles.lines is not None else [""]
    which = (
        f"have the best {axis_title(y)}{', from the best on' if scattered else ''}"
        if direction != NEITHER
        else "are the first"
    )
    notes = [f"{len(left_out)} more panels are not drawn: these {which}."] if left_out else []
    aligned = len(levels_of(runs, roles.panels[-1])) if len(roles.panels) > 1 and not scattered else 1
    drawn = [series[key] for key in keys]
    per_epoch = steps_per_epoch(runs)
    return curves.draw(drawn, levels, roles.lines, y, title, notes=notes, aligned=aligned, per_epoch=per_epoch)

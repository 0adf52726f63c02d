"""The figures of a search.

A new figure is a module, with a function that finds what is shown and one that draws it, and a line here.

The figures of `optuna.visualization.matplotlib` are not used. They leave out failed and pruned trials, cut off the
names of settings, and change Matplotlib's global style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.search import (
    history,
    intermediate,
    pareto,
    plane,
    slices,
)
from zerosweep.figures.search import importances as bars
from zerosweep.figures.search.settings import fixed, settings_of
from zerosweep.figures.search.trials import DrawnTrial, completed


def search_figures(
    trials: Sequence[DrawnTrial],
    metrics: Mapping[str, str],
    log: frozenset[str],
    importances: Mapping[str, float],
    title: str,
) -> Iterator[tuple[str, Figure]]:
    """Yield (name, figure) for each figure that the trials suffice for. The name is a file name without an extension.

    The plane, the slices, the importances and the intermediate values show the first objective. Without trials
    there is no figure.

    Args:
        metrics: The direction of each objective, maximize or minimize.
        log: The settings that are searched on a log scale.
        importances: The importance of each setting for the first objective; empty where unknown.
        title: Title of every figure.
    """
    if not trials:
        return
    metric, direction = next(iter(metrics.items()))
    settings = settings_of(trials, log, importances)
    yield "history", history.draw(history.progress(trials, metrics), title)
    if (axes := plane.chosen(settings)) and (found := plane.plane(trials, *axes, metric, direction)):
        yield "plane", plane.draw(found, metric, direction, title)
    if len(known := bars.ordered_importances(importances)) > 1:
        yield "importances", bars.draw(known, metric, title)
    if settings and completed(trials):
        found_slices = slices.slices(trials, settings, direction)
        yield "slices", slices.draw(found_slices, metric, direction, title, fixed(trials))
    if len(metrics) == 2:
        yield "pareto", pareto.draw(pareto.pareto(trials, [*metrics.values()]), metrics, title)
    curves = intermediate.intermediate(trials, direction)
    if curves.best is not None or curves.curves:
        yield "intermediate", intermediate.draw(curves, metric, title)

"""The figures of a search. Adding one is a module with a series and a draw function, and a line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.search import (
    history,
    intermediate,
    pareto,
    plane,
    plane_page,
    slices,
    slices_page,
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
    """(file name without ending, figure). metrics: each objective with "maximize" or "minimize"; log: settings searched by orders
    of magnitude; importances: of each setting for the first objective, empty where unknown.

    The plane, the slices and the importances are of the first objective. Without trials there is no figure.
    """
    if not trials:
        return
    metric, direction = next(iter(metrics.items()))
    settings = settings_of(trials, log, importances)
    yield "history", history.draw(history.progress(trials, metrics), title)
    if (axes := plane.chosen(settings)) and (found := plane.plane(trials, *axes, metric, direction)):
        yield "plane", plane_page.draw(found, metric, direction, title)
    if len(known := bars.importances(importances)) > 1:
        yield "importances", bars.draw(known, metric, title)
    if settings and completed(trials):
        found_slices = slices.slices(trials, settings, direction)
        yield "slices", slices_page.draw(found_slices, metric, direction, title, fixed(trials))
    if len(metrics) == 2:
        yield "pareto", pareto.draw(pareto.pareto(trials, [*metrics.values()]), metrics, title)
    curves = intermediate.intermediate(trials, direction)
    if curves.best is not None or curves.curves:
        yield "intermediate", intermediate.draw(curves, metric, title)

"""The figures of a run. Adding one is a module with a series and a draw function, and a line here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.drawing.histograms import Histogram
from zerosweep.figures.run import activation_histograms, feature_maps, filters, learning_curves, traces, trajectory
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import SurfaceProblem
from zerosweep.training.records import History
from zerosweep.training.traces import traces as traces_of


def run_figures(
    history: History, problem: Problem, untrained: Sequence[Histogram], trained: Sequence[Histogram], title: str
) -> Iterator[tuple[str, Figure]]:
    """(file name without ending, figure) of each figure that tells something of this run.

    untrained, trained: of `problem.activations()` before and after training."""
    if isinstance(problem, SurfaceProblem):
        a, b = map(float, problem.coefficients)
        yield "trajectory", trajectory.draw(trajectory.landscape((a, b), problem.trajectory), title)
    yield "learning_curves", learning_curves.draw(learning_curves.learning_curves(history), title)
    if history.traces:
        trace = traces.Trace("", traces_of(problem, history), history.diverged is not None)
        yield "traces", traces.draw([trace], title)
    if untrained or trained:
        yield "activation_histograms", activation_histograms.draw(untrained, trained, title)
    if isinstance(problem, ClassificationProblem) and problem.first_filters is not None:
        found = problem.filters()
        assert found is not None
        yield "filters", filters.draw(filters.filters(problem.first_filters), filters.filters(found), title)
        images, labels, activations = problem.sample()
        rows = feature_maps.one_of_each(labels)
        seen = {layer: outputs[rows] for layer, outputs in activations.items()}
        yield "feature_maps", feature_maps.draw(feature_maps.feature_maps(images[rows], seen), title)

"""The figures of a run. A new figure is a module, which makes its series and draws it, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.histograms import Histogram, as_arrays
from zerosweep.figures.names import OWN_RUN_FIGURES
from zerosweep.figures.run import (
    activation_histograms,
    feature_maps,
    filters,
    learning_curves,
    predictions,
    traces,
    trajectory,
)
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import SurfaceProblem
from zerosweep.training.records import History
from zerosweep.training.stream import Stream
from zerosweep.training.traces import traces as traces_of


def run_figures(
    history: History,
    problem: Problem | Stream,
    untrained: Sequence[Histogram],
    trained: Sequence[Histogram],
    title: str,
    predicted: predictions.Predictions | None = None,
) -> Iterator[tuple[str, Callable[[], Figure | None]]]:
    """Yield the name of each figure that shows something of this run, and the function that draws it.

    The function returns None where a plugin's figure has nothing to show.

    Args:
        history: What was recorded during training.
        problem: The problem after training.
        untrained: Histograms of `problem.activations()` before training.
        trained: The same after training.
        title: The title of each figure.
        predicted: The predictions of a trained network; None for a problem without classes.
    """
    if isinstance(problem, SurfaceProblem):
        path = problem.arrays()["trajectory"]
        yield "trajectory", lambda: trajectory.draw([_compared(history, path)], [], title)
    curves_of = learning_curves.all_curves if isinstance(problem, Stream) else learning_curves.learning_curves
    per_epoch = problem.steps_per_epoch if isinstance(problem, ClassificationProblem) else None
    diverged = history.diverged.step if history.diverged else None
    yield (
        "learning_curves",
        lambda: learning_curves.draw(curves_of(history), title, per_epoch=per_epoch, diverged=diverged),
    )
    if predicted is not None:
        yield "predictions", lambda: predictions.draw(predicted, title)
    if history.traces and not isinstance(problem, Stream):
        yield "traces", lambda: _traces(history, problem, title)
    if untrained or trained:
        outputs = as_arrays(untrained, trained)
        yield "activation_histograms", lambda: activation_histograms.draw([_compared(history, outputs)], [], title)
    if isinstance(problem, ClassificationProblem) and problem.first_filters is not None:
        yield "filters", lambda: _filters(problem, title)
        if problem.data.preprocessing.image:
            yield "feature_maps", lambda: _feature_maps(problem, title)
    for name, figure in OWN_RUN_FIGURES.items():
        yield name, partial(figure, history, problem, title)


def _compared(history: History, arrays: Mapping[str, NDArray[np.generic]]) -> ComparedRun:
    """Return the run as a comparison of one, with the arrays that its figure is drawn from."""
    return ComparedRun({}, "", "diverged" if history.diverged else "learned", None, [], [], arrays)


def _traces(history: History, problem: Problem, title: str) -> Figure:
    return traces.draw_traces([traces.Trace("", traces_of(problem, history), history.diverged is not None)], title)


def _filters(problem: ClassificationProblem, title: str) -> Figure:
    before, after = problem.first_filters, problem.filters()
    assert before is not None and after is not None
    return filters.draw(filters.filters(before), filters.filters(after), title)


def _feature_maps(problem: ClassificationProblem, title: str) -> Figure:
    images, labels, activations = problem.sample()
    rows = feature_maps.one_of_each(labels)
    maps = {layer: outputs[rows] for layer, outputs in activations.items()}
    return feature_maps.draw(feature_maps.feature_maps(images[rows], maps), title)

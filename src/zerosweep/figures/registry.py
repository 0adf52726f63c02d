"""The figures of a run. Adding one is a module with a series and a draw function, and a line here."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from zerosweep.figures import activation_histograms, learning_curves, traces, trajectory
from zerosweep.nn.layer import Array
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import SurfaceProblem
from zerosweep.training.records import History
from zerosweep.training.traces import traces as traces_of


def run_figures(
    history: History, problem: Problem, untrained: dict[str, Array], title: str
) -> Iterator[tuple[str, Figure]]:
    """(file name without ending, figure) of each figure that tells something of this run.

    untrained: `problem.activations()` as they were before training."""
    if isinstance(problem, SurfaceProblem):
        a, b = map(float, problem.coefficients)
        yield "trajectory", trajectory.draw(trajectory.landscape((a, b), problem.trajectory), title)
    yield "learning_curves", learning_curves.draw(learning_curves.learning_curves(history), title)
    if history.traces:
        trace = traces.Trace("", traces_of(problem, history), history.diverged is not None)
        yield "traces", traces.draw([trace], title)
    if untrained:
        before, after = map(activation_histograms.activation_histograms, (untrained, problem.activations()))
        yield "activation_histograms", activation_histograms.draw(before, after, title)

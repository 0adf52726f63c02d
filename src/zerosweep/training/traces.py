"""Unit by unit, mini-batch by mini-batch: where weights and biases go while a network learns, or fails to (experiment E6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Array, Layer
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.training.records import History

FOLLOWED = 10
"""Hidden units of a trace, at most."""


class Units:
    """Some units of a layer. name: of the layer; numbers: (n,), which of its units, counted from 0."""

    def __init__(self, layer: Layer, numbers: NDArray[np.intp]):
        self.name, self.numbers = layer.name, numbers
        self.weights, self.biases = by_unit(layer.values["W"]), layer.values["b"]
        inputs = len(self.weights)
        self.average = np.full(inputs, 1 / inputs, self.weights.dtype)

    @property
    def names(self) -> list[str]:
        """Of each unit, as in `dense1[7]`: its weights are `dense1.W[:, 7]` of the run's `weights.npz`."""
        return [f"{self.name}[{number}]" for number in self.numbers]

    def read(self, weights: Array, biases: Array) -> None:
        """Write the mean of each unit's incoming weights, and its bias, into these: (n,)."""
        np.take(
            np.dot(self.average, self.weights), self.numbers, out=weights, mode="clip"
        )  # a product: the fastest mean
        np.take(self.biases, self.numbers, out=biases, mode="clip")


class Tracer:
    """Reads single units off the network of a classification, in some 20 µs.

    They are all units of the output, and of the last hidden layer, which the output reads, FOLLOWED that are evenly spaced from
    its first to its last; all where it has no more. So they are the same for all runs of equal networks, whatever the seed.
    """

    def __init__(self, problem: Problem):
        assert isinstance(problem, ClassificationProblem), "other tasks have no units, and are refused before"
        self.problem = problem
        *hidden, output = [layer for layer in problem.network.layers if "W" in layer.values]
        self.groups = {"output": Units(output, np.arange(output.values["b"].size))}
        if hidden:
            size = hidden[-1].values["b"].size
            self.groups["hidden"] = Units(hidden[-1], evenly_spaced(size, min(size, FOLLOWED)))
        self.width = 1 + sum(2 * len(units.numbers) for units in self.groups.values())

    def read(self) -> Array:
        """(width,): the accuracy on the last mini-batch, before its update; of each group, as they are now, the mean
        incoming weights of its units, then their biases."""
        row = np.empty(self.width, self.problem.network.dtype)
        row[0] = self.problem.batch_accuracy()
        start = 1
        for units in self.groups.values():
            n = len(units.numbers)
            units.read(row[start : start + n], row[start + n : start + 2 * n])
            start += 2 * n
        return row

    def arrays(self, rows: list[Array]) -> dict[str, NDArray[np.generic]]:
        """The columns of what `read` gave after step 1, 2, ..., by their names in `traces`."""
        table = np.array(rows).reshape(len(rows), self.width)
        columns: dict[str, NDArray[np.generic]] = {"step": np.arange(1, len(rows) + 1), "accuracy": table[:, 0]}
        start = 1
        for name, units in self.groups.items():
            n = len(units.numbers)
            columns[f"{name}_weight"], columns[f"{name}_bias"] = (
                table[:, start : start + n],
                table[:, start + n :][:, :n],
            )
            columns[f"{name}_units"] = np.array(units.names)
            start += 2 * n
        return columns


def traces(problem: Problem, history: History) -> dict[str, NDArray[np.generic]]:
    """The trace of a run, for its artifact `arrays/traces.npz`. T: steps with a finite loss; so where the parameters diverged, the
    last row may have inf and NaN.

    step: (T,), 1, 2, ...; accuracy: (T,), in [0, 1], on the mini-batch of that step before its update. After the update,
    of the n units that `output_units`, (n,), names as in `dense2[3]`: output_weight: (T, n), the mean of each unit's incoming
    weights; output_bias: (T, n). So too hidden_units, hidden_weight and hidden_bias, where there is a hidden layer.
    """
    return Tracer(problem).arrays(history.traces)


def by_unit(weights: Array) -> Array:
    """(inputs, units), a view of a dense layer's weights, which are that already, or of the (F, C, k, k) of a convolution."""
    return weights if weights.ndim == 2 else weights.reshape(len(weights), -1).T


def evenly_spaced(size: int, n: int) -> NDArray[np.intp]:
    """n of the numbers 0 to size - 1, from the first to the last; 1 <= n <= size."""
    return np.round(np.linspace(0, size - 1, n)).astype(np.intp)

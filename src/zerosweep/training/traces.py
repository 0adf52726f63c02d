"""Traces: accuracy, weights and biases of single units, recorded at every mini-batch (experiment E6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Array, Layer
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.training.records import History

HIDDEN_UNITS = 64
"""The largest number of hidden units in a trace: the whole layer of experiment E6."""

UNITS = ("hidden_weight", "hidden_bias")
"""The arrays of a trace that tell of each hidden unit."""

STILL_FOR = 50
"""The number of mini-batches at the end of a trace for which a unit must not have moved to count as stopped for good."""


class Units:
    """Some units of one layer, whose weights and biases are read at every step."""

    def __init__(self, layer: Layer, numbers: NDArray[np.intp]):
        """Select units of a dense layer or filters of a convolution.

        Args:
            layer: The layer, with its parameters allocated.
            numbers: The indices of the units in the layer, shape (n,).
        """
        self.name, self.numbers = layer.name, numbers
        self.weights, self.biases = by_unit(layer.values["W"]), layer.values["b"]
        inputs = len(self.weights)
        self.average = np.full(inputs, 1 / inputs, self.weights.dtype)

    @property
    def names(self) -> list[str]:
        """The name of each unit; `dense1[7]` has the weights `dense1.W[:, 7]` in the run's `weights.npz`."""
        return [f"{self.name}[{number}]" for number in self.numbers]

    def read(self, weights: Array, biases: Array) -> None:
        """Write the means of the units' incoming weights and the biases into two arrays of shape (n,)."""
        means = np.dot(self.average, self.weights)  # a product is the fastest mean
        np.take(means, self.numbers, out=weights, mode="clip")
        np.take(self.biases, self.numbers, out=biases, mode="clip")


class Tracer:
    """Reads single units of a classification network at every step, in about 20 µs.

    The units are all of the output layer, and the first `HIDDEN_UNITS` of the last hidden layer; a smaller layer is read
    whole.
    """

    def __init__(self, problem: Problem):
        """Choose the units of the problem's network.

        Args:
            problem: A `ClassificationProblem`; settings with another task are refused before.
        """
        assert isinstance(problem, ClassificationProblem), "trainer.trace=true needs a network"
        self.problem = problem
        *hidden, output = [layer for layer in problem.network.layers if "W" in layer.values]
        self.groups = {"output": Units(output, np.arange(output.values["b"].size))}
        if hidden:
            size = hidden[-1].values["b"].size
            self.groups["hidden"] = Units(hidden[-1], np.arange(min(size, HIDDEN_UNITS)))
        self.width = 1 + sum(2 * len(units.numbers) for units in self.groups.values())

    def read(self) -> Array:
        """Return one row of the trace, shape (width,).

        Its first number is the accuracy on the last mini-batch, before its update. Each group of units follows with the
        current mean incoming weights of its n units, and then their n biases.
        """
        row = np.empty(self.width, self.problem.network.dtype)
        row[0] = self.problem.batch_accuracy()
        start = 1
        for units in self.groups.values():
            n = len(units.numbers)
            units.read(row[start : start + n], row[start + n : start + 2 * n])
            start += 2 * n
        return row

    def arrays(self, rows: list[Array]) -> dict[str, NDArray[np.generic]]:
        """Return the columns of the rows that `read` gave after steps 1, 2, ..., by the names in `traces`."""
        table = np.array(rows).reshape(len(rows), self.width)
        columns: dict[str, NDArray[np.generic]] = {"step": np.arange(1, len(rows) + 1), "accuracy": table[:, 0]}
        start = 1
        for name, units in self.groups.items():
            n = len(units.numbers)
            columns[f"{name}_weight"] = table[:, start : start + n]
            columns[f"{name}_bias"] = table[:, start + n : start + 2 * n]
            columns[f"{name}_units"] = np.array(units.names)
            start += 2 * n
        return columns


def traces(problem: Problem, history: History) -> dict[str, NDArray[np.generic]]:
    """Return the trace of a run, for its artifact `arrays/traces.npz`.

    Args:
        problem: The problem after training.
        history: All records of the run, which had `trainer.trace=true`.

    Returns:
        Arrays by name, over the T steps with a finite loss. If the parameters diverged, the last row may have inf and
        NaN.

        - `step`: The numbers 1, 2, ..., T.
        - `accuracy`: The accuracy on the step's mini-batch before its update, in [0, 1], shape (T,).
        - `output_units`: The names of the n output units, as in `dense2[3]`, shape (n,).
        - `output_weight`: The mean of each unit's incoming weights after the update, shape (T, n).
        - `output_bias`: Each unit's bias after the update, shape (T, n).
        - `hidden_units`, `hidden_weight`, `hidden_bias`: The same for the last hidden layer, if there is one.
    """
    return Tracer(problem).arrays(history.traces)


def by_unit(weights: Array) -> Array:
    """Return a view of a layer's weights of shape (inputs, units).

    Args:
        weights: A dense layer's weights, which have that shape, or a convolution's, of shape (filters, channels, k, k).
    """
    return weights if weights.ndim == 2 else weights.reshape(len(weights), -1).T


def stops(*layers: Array) -> NDArray[np.float64]:
    """Return the mini-batch after which each unit moves no more; infinity where it moves in the last `STILL_FOR`.

    A unit of plain gradient descent that gets no gradient does not move at all, to the last bit.

    Args:
        layers: Traces of its weights and of its bias, shape (T, n) each; row t is after mini-batch t + 1.
    """
    steps = len(layers[0])
    if steps <= STILL_FOR:
        return np.full(layers[0].shape[1], np.inf)
    moved = np.any([layer[1:] != layer[:-1] for layer in layers], axis=0)  # NaN differs from itself
    last = np.where(moved.any(axis=0), steps - np.argmax(moved[::-1], axis=0), 1).astype(np.float64)
    return np.where(last > steps - STILL_FOR, np.inf, last)

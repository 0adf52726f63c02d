"""Statistics of a network in training: dead units, the spread of activations, the size of gradients and updates."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Activation, Array, as_rows
from zerosweep.tasks.problem import Hidden

SMALLEST_SQUARE = 1e-30
"""A squared float32 norm below this has lost digits to underflow."""

UPDATE_MEASURES = ("gradient_norm", "update_ratio")
"""The names of the metrics that `update_metrics` returns."""


def hidden_measures(hidden: Iterable[tuple[str, Activation]]) -> list[str]:
    """Return the names of the metrics that `HiddenUnits` measures.

    Args:
        hidden: The (name, activation) of each hidden layer. Only activations with a bound have a metric `saturated`.
    """
    return [
        f"{measure}/{name}"
        for name, activation in hidden
        for measure in ("dead", "activation_std", "signal", "saturated")
        if measure != "saturated" or activation.saturated(np.zeros(1)) is not None
    ]


class HiddenUnits:
    """Statistics of each hidden layer, accumulated chunk by chunk over the data.

    The metrics of a layer are:

    - `dead/<layer>`: the fraction of units that pass no gradient on for any row, in [0, 1]. In a convolution a unit is
      a filter, at all of its positions in the image.
    - `activation_std/<layer>`: the standard deviation of the outputs over all units and rows.
    - `signal/<layer>`: the standard deviation over rows, as the root mean square over units. It shows how much of the
      input is left in the outputs: a difference from unit to unit that is the same in every row counts in
      `activation_std` only.
    - `saturated/<layer>`: the fraction of outputs, over all units and rows, at a bound; only for sigmoid and tanh.
    """

    def __init__(self) -> None:
        self.active: dict[str, NDArray[np.bool_]] = {}
        self.shift: dict[str, Array] = {}
        self.sums: dict[str, tuple[int, NDArray[np.float64], float]] = {}
        self.saturated: dict[str, int] = {}

    def observe(self, hidden: Hidden) -> None:
        """Add the outputs of one chunk of rows: (name, activation, outputs) of each hidden layer."""
        for name, activation, y in hidden:
            active = np.asarray(activation.active(y).any(axis=(0, 2, 3) if y.ndim == 4 else 0))
            y = as_rows(y)
            self.active[name] = self.active[name] | active if name in self.active else active
            # Sums are of y - shift, because the spread of collapsed units is far below their means.
            shift = self.shift.setdefault(name, y[0].copy())
            centred = y - shift
            columns = np.dot(np.ones(len(y), y.dtype), centred)  # a product, because sum() takes ten times as long
            rows, first, second = self.sums.get(name, (0, np.zeros(columns.size), 0.0))
            flat = centred.ravel(order="K")
            second += float(np.dot(flat, flat))
            self.sums[name] = (rows + len(y), first + columns, second)
            if (saturated := activation.saturated(y)) is not None:
                self.saturated[name] = self.saturated.get(name, 0) + int(np.count_nonzero(saturated))

    def metrics(self) -> dict[str, float]:
        """Return the statistics over all rows so far, by metric name."""
        values = {}
        for name, (rows, first, second) in self.sums.items():
            values[f"dead/{name}"] = 1 - float(self.active[name].mean())
            offsets = first / rows
            means = self.shift[name].ravel().astype(np.float64) + offsets
            within = max(second / rows / means.size - float(np.mean(offsets * offsets)), 0.0)
            values[f"activation_std/{name}"] = math.sqrt(within + float(np.var(means)))
            values[f"signal/{name}"] = math.sqrt(within)
            if name in self.saturated:
                values[f"saturated/{name}"] = self.saturated[name] / (rows * means.size)
        return values


@np.errstate(over="ignore", under="ignore")
def norm(vector: Array) -> float:
    """Return the Euclidean norm, without overflow or underflow of its square."""
    square = float(np.dot(vector, vector))
    if SMALLEST_SQUARE < square < math.inf:
        return math.sqrt(square)
    largest = float(np.abs(vector).max(initial=0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(vector.astype(np.float64) / largest))


@np.errstate(over="ignore")
def update_metrics(gradient: Array, before: Array, after: Array) -> dict[str, float]:
    """Return the metrics of one update: `gradient_norm` is ‖g‖, `update_ratio` is ‖Δθ‖ / ‖θ‖.

    The ratio is about 1e-3 in a healthy run. It is left out if all parameters were zero.

    Args:
        gradient: The gradient g, shape (P,).
        before: The parameters before the update, shape (P,).
        after: The parameters after the update, shape (P,).
    """
    length = norm(before)
    metrics = {"gradient_norm": norm(gradient)}
    if length:
        change = norm(after - before)
        if not math.isfinite(change):
            change = norm(np.subtract(after, before, dtype=np.float64))
        metrics["update_ratio"] = change / length
    return metrics

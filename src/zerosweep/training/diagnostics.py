"""How a network is doing, beyond its loss: dead units, spread of activations, size of gradients and updates."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Activation, Array, as_rows
from zerosweep.tasks.problem import Hidden

SMALLEST_SQUARE = 1e-30
"""Below this, squares of float32 numbers have lost digits."""


UPDATE_MEASURES = ("gradient_norm", "update_ratio")
"""The names of what `update_metrics` gives."""


def hidden_measures(hidden: Iterable[tuple[str, Activation]]) -> list[str]:
    """The names of what `HiddenUnits` gives of these (name, activation)."""
    return [
        f"{measure}/{name}"
        for name, activation in hidden
        for measure in ("dead", "activation_std", "signal", "saturated")
        if measure != "saturated" or activation.saturated(np.zeros(1)) is not None
    ]


class HiddenUnits:
    """Statistics of each hidden layer, gathered chunk by chunk over the data.

    dead/<layer>: the share of units that pass a gradient on for no row of the data, in [0, 1]. A unit of a convolution is a
    filter, wherever in the image it looks.
    activation_std/<layer>: the standard deviation of the layer's outputs over all units and rows.
    signal/<layer>: the same over rows alone, of the root-mean-square unit: how much of the input is left in the outputs.
    What differs from unit to unit but not from row to row is in activation_std and not in this.
    saturated/<layer>: the share of outputs, over all units and rows, that are at a bound; of sigmoid and tanh alone.
    """

    def __init__(self) -> None:
        self.active: dict[str, NDArray[np.bool_]] = {}
        self.shift: dict[str, Array] = {}
        self.sums: dict[str, tuple[int, NDArray[np.float64], float]] = {}
        self.saturated: dict[str, int] = {}

    def observe(self, hidden: Hidden) -> None:
        for name, activation, y in hidden:
            active = np.asarray(activation.active(y).any(axis=(0, 2, 3) if y.ndim == 4 else 0))
            y = as_rows(y)
            self.active[name] = self.active[name] | active if name in self.active else active
            # Sums of y - shift, not of y: units that have collapsed have a spread far below their means.
            shift = self.shift.setdefault(name, y[0].copy())
            centred = y - shift
            columns = np.dot(np.ones(len(y), y.dtype), centred)  # as a product: sum() takes ten times as long
            rows, first, second = self.sums.get(name, (0, np.zeros(columns.size), 0.0))
            flat = centred.ravel(order="K")
            second += float(np.dot(flat, flat))
            self.sums[name] = (rows + len(y), first + columns, second)
            if (saturated := activation.saturated(y)) is not None:
                self.saturated[name] = self.saturated.get(name, 0) + int(np.count_nonzero(saturated))

    def metrics(self) -> dict[str, float]:
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
    """The Euclidean length; where its square would overflow or vanish, by way of numbers that are scaled to 1 first."""
    square = float(np.dot(vector, vector))
    if SMALLEST_SQUARE < square < math.inf:
        return math.sqrt(square)
    largest = float(np.abs(vector).max(initial=0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(vector.astype(np.float64) / largest))


@np.errstate(over="ignore")
def update_metrics(gradient: Array, before: Array, after: Array) -> dict[str, float]:
    """gradient_norm: ‖g‖; update_ratio: ‖Δθ‖ / ‖θ‖ of one update, about 1e-3 in a healthy run. All arguments (P,)."""
    length = norm(before)
    metrics = {"gradient_norm": norm(gradient)}
    if length:
        change = norm(after - before)
        if not math.isfinite(change):
            change = norm(np.subtract(after, before, dtype=np.float64))
        metrics["update_ratio"] = change / length
    return metrics

"""Histograms of the outputs of each hidden layer: what figures draw and findings are checked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Array

BINS = 40
"""The number of bins of a histogram."""

MOMENTS = ("untrained", "trained")
"""When the outputs are measured: before and after training."""

COLUMNS = ("layer", "edges", "share", "std", "zero", "lost")
"""The saved attributes of a histogram, each an array over the layers: `untrained_share` has shape (layers, BINS)."""


@dataclass(frozen=True)
class Histogram:
    """The distribution of a layer's finite outputs.

    Attributes:
        layer: The name of the layer.
        edges: Ends of the bins, shape (BINS + 1,), increasing.
        share: Fraction of the outputs in each bin, shape (BINS,); the sum is 1.
        std: Standard deviation of the outputs.
        zero: Fraction of the outputs that is exactly 0.
        lost: Fraction of all outputs that is not finite, and in no bin.
    """

    layer: str
    edges: np.ndarray
    share: np.ndarray
    std: float
    zero: float
    lost: float

    @property
    def density(self) -> np.ndarray:
        """Fraction per unit of output, shape (BINS,): comparable between histograms of different widths."""
        return self.share / np.diff(self.edges)

    @property
    def tallest(self) -> float:
        """Density of the tallest bin. The bin of zero does not count: half of a ReLU's outputs would dwarf the rest."""
        holds_zero = (self.edges[:-1] <= 0) & (self.edges[1:] > 0)
        others = self.density[~holds_zero] if self.zero else self.density
        return float(others.max(initial=0)) or float(self.density.max())

    def outline(self, low: float, high: float, top: float) -> np.ndarray:
        """Return the corners of the histogram's area in a unit square, from left to right, shape (2 BINS + 2, 2).

        Args:
            low: Output at the left side of the square.
            high: Output at the right side.
            top: Density at the upper side; taller bins are cut off there.
        """
        x = np.repeat((self.edges - low) / (high - low), 2)
        y = np.concatenate([[0], np.repeat(np.minimum(self.density / top, 1), 2), [0]])
        return np.stack([x, y], axis=1)

    def below(self, output: float) -> float:
        """Return the fraction of outputs less than `output`, as if each bin were filled evenly."""
        return float(np.interp(output, self.edges, np.concatenate([[0], np.cumsum(self.share)])))


@np.errstate(all="ignore")
def histograms(activations: Mapping[str, Array]) -> list[Histogram]:
    """Return a histogram for each layer with any finite output.

    Args:
        activations: Outputs by layer, shape (N, …).
    """
    found = []
    for layer, outputs in activations.items():
        finite = outputs[np.isfinite(outputs)].astype(np.float64)
        if finite.size:
            ends = _ends(finite.min(), finite.max())
            counts, edges = np.histogram(finite, BINS, ends)  # given their number and not the edges, it need not sort
            largest = np.abs(finite).max() or 1.0
            std = float(largest * (finite / largest).std())  # no square overflows
            zero, lost = float((finite == 0).mean()), 1 - finite.size / outputs.size
            found.append(Histogram(layer, edges, counts / finite.size, std, zero, lost))
    return found


def _ends(low: float, high: float) -> tuple[float, float]:
    """Return both ends of bins from low to high, or of wider ones where there are too few floats between."""
    least = BINS * 4 * max(np.spacing(abs(low)), np.spacing(abs(high)))
    if high - low < least:
        middle, half = low / 2 + high / 2, max(least, 0.5 if abs(high) < 1 else 0.0)
        low, high = middle - half, middle + half
    return low, high


def as_arrays(untrained: Sequence[Histogram], trained: Sequence[Histogram]) -> dict[str, NDArray[np.generic]]:
    """Return the histograms before and after training as arrays to save, by name."""
    return {
        f"{moment}_{column}": np.array([getattr(histogram, column) for histogram in found])
        for moment, found in zip(MOMENTS, (untrained, trained), strict=True)
        for column in COLUMNS
    }


def from_arrays(arrays: Mapping[str, NDArray[np.generic]], moment: str) -> list[Histogram]:
    """Return the histograms of one of `MOMENTS` from arrays that `as_arrays` made."""
    rows = zip(*(arrays[f"{moment}_{column}"] for column in COLUMNS), strict=True)
    return [
        Histogram(str(layer), np.asarray(edges), np.asarray(share), float(std), float(zero), float(lost))
        for layer, edges, share, std, zero, lost in rows
    ]

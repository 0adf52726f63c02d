"""How the outputs of each hidden layer are distributed, as numbers: what figures draw and findings are checked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.names import ACTIVATIONS
from zerosweep.nn.layer import Array

BINS = 40

KEPT = ACTIVATIONS
"""The name of the arrays that a run keeps of its histograms."""

MOMENTS = ("untrained", "trained")

COLUMNS = ("layer", "edges", "share", "std", "zero", "lost")
"""What is kept of each histogram; of all layers of a moment in one array, as in `untrained_share: (layers, BINS)`."""


@dataclass(frozen=True)
class Histogram:
    """Of one layer. edges: (BINS + 1,); share: (BINS,), the share of outputs in each bin, which sums to 1; std: their
    standard deviation; zero: the share that is exactly 0; all of the outputs that are finite. lost: the share that is not."""

    layer: str
    edges: np.ndarray
    share: np.ndarray
    std: float
    zero: float
    lost: float

    @property
    def density(self) -> np.ndarray:
        """(BINS,), share per unit of output: comparable between histograms of different widths."""
        return self.share / np.diff(self.edges)

    @property
    def tallest(self) -> float:
        """The density of the tallest bin but for the one that holds zero: half of a ReLU's outputs are there and would dwarf the
        rest."""
        holds_zero = (self.edges[:-1] <= 0) & (self.edges[1:] > 0)
        others = self.density[~holds_zero] if self.zero else self.density
        return float(others.max(initial=0)) or float(self.density.max())

    def outline(self, low: float, high: float, top: float) -> np.ndarray:
        """(2 BINS + 2, 2): the corners of its area, from left to right, in a unit square: as wide as the axis from low to high,
        as high as the density `top`; what is taller is cut off."""
        x = np.repeat((self.edges - low) / (high - low), 2)
        y = np.concatenate([[0], np.repeat(np.minimum(self.density / top, 1), 2), [0]])
        return np.stack([x, y], axis=1)

    def below(self, output: float) -> float:
        """The share of outputs that are less, as if each bin were filled evenly."""
        return float(np.interp(output, self.edges, np.concatenate([[0], np.cumsum(self.share)])))


@np.errstate(all="ignore")
def histograms(activations: Mapping[str, Array]) -> list[Histogram]:
    """One histogram a layer of its finite outputs (N, units); a layer without any is left out."""
    found = []
    for layer, outputs in activations.items():
        finite = outputs[np.isfinite(outputs)].astype(np.float64)
        if finite.size:
            counts, edges = np.histogram(finite, _edges(finite.min(), finite.max()))
            largest = np.abs(finite).max() or 1.0
            std = float(largest * (finite / largest).std())  # no square overflows
            zero, lost = float((finite == 0).mean()), 1 - finite.size / outputs.size
            found.append(Histogram(layer, edges, counts / finite.size, std, zero, lost))
    return found


def _edges(low: float, high: float) -> np.ndarray:
    """Equal bins from low to high, or around them where they are too close for so many bins between them."""
    room = BINS * 4 * max(np.spacing(abs(low)), np.spacing(abs(high)))
    if high - low < room:
        middle, half = low / 2 + high / 2, max(room, 0.5 if abs(high) < 1 else 0.0)
        low, high = middle - half, middle + half
    return np.linspace(low, high, BINS + 1)


def as_arrays(untrained: Sequence[Histogram], trained: Sequence[Histogram]) -> dict[str, NDArray[np.generic]]:
    """Both moments of a run, as it keeps them."""
    return {
        f"{moment}_{column}": np.array([getattr(histogram, column) for histogram in found])
        for moment, found in zip(MOMENTS, (untrained, trained), strict=True)
        for column in COLUMNS
    }


def from_arrays(arrays: Mapping[str, NDArray[np.generic]], moment: str) -> list[Histogram]:
    """The histograms of one of MOMENTS, as `as_arrays` keeps them."""
    rows = zip(*(arrays[f"{moment}_{column}"] for column in COLUMNS), strict=True)
    return [
        Histogram(str(layer), np.asarray(edges), np.asarray(share), float(std), float(zero), float(lost))
        for layer, edges, share, std, zero, lost in rows
    ]

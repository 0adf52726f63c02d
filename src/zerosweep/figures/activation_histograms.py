"""How the outputs of each hidden layer are distributed: too large saturates, too small collapses (experiment E1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.style import panels
from zerosweep.nn.layer import Array

BINS = 40


@dataclass(frozen=True)
class Histogram:
    """Of one layer. edges: (BINS + 1,); share: (BINS,), the share of outputs in each bin, which sums to 1; std: their
    standard deviation; zero: the share that is exactly 0."""

    layer: str
    edges: np.ndarray
    share: np.ndarray
    std: float
    zero: float


def activation_histograms(activations: dict[str, Array]) -> list[Histogram]:
    """One histogram a layer of its finite outputs (N, units); a layer without any is left out."""
    histograms = []
    for layer, outputs in activations.items():
        finite = outputs[np.isfinite(outputs)].astype(np.float64)
        if finite.size:
            counts, edges = np.histogram(finite, BINS)
            histograms.append(
                Histogram(layer, edges, counts / finite.size, float(finite.std()), float((finite == 0).mean()))
            )
    return histograms


def draw(before: list[Histogram], after: list[Histogram], title: str) -> Figure:
    """A column per hidden layer: the untrained network above, the trained one below."""
    rows = [row for row in (before, after) if row]
    columns = max((len(row) for row in rows), default=1)
    figure, axes = panels(max(len(rows), 1), columns, width=2.2, height=2.0)
    for row, (histograms, when) in enumerate(zip((before, after), ("untrained", "trained"), strict=True)):
        for column, histogram in enumerate(histograms):
            ax = axes[row * columns + column]
            ax.stairs(histogram.share, histogram.edges, fill=True, color="#4477aa")
            ax.set_ylim(0, max(0.02, 1.1 * _tallest(histogram)))
            ax.set_title(f"{histogram.layer}, {when}\nstd {histogram.std:.2g}, zero {histogram.zero:.0%}", fontsize=8)
            ax.tick_params(labelsize=7)
    figure.suptitle(title, fontsize=10)
    return figure


def _tallest(histogram: Histogram) -> float:
    """The tallest bin but for the one that holds zero: half of a ReLU's outputs are there and would dwarf the rest."""
    holds_zero = (histogram.edges[:-1] <= 0) & (histogram.edges[1:] > 0)
    others = histogram.share[~holds_zero] if histogram.zero else histogram.share
    return float(others.max(initial=0))

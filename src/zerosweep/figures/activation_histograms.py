"""How the outputs of each hidden layer are distributed: too large saturates, too small collapses (experiment E1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from zerosweep.figures.style import panels
from zerosweep.nn.layer import Array

BINS = 40

BEFORE, AFTER = "#ee6677", "#4477aa"


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


@np.errstate(all="ignore")
def activation_histograms(activations: dict[str, Array]) -> list[Histogram]:
    """One histogram a layer of its finite outputs (N, units); a layer without any is left out."""
    histograms = []
    for layer, outputs in activations.items():
        finite = outputs[np.isfinite(outputs)].astype(np.float64)
        if finite.size:
            counts, edges = np.histogram(finite, _edges(finite.min(), finite.max()))
            largest = np.abs(finite).max() or 1.0
            std = float(largest * (finite / largest).std())  # no square overflows
            zero, lost = float((finite == 0).mean()), 1 - finite.size / outputs.size
            histograms.append(Histogram(layer, edges, counts / finite.size, std, zero, lost))
    return histograms


def _edges(low: float, high: float) -> np.ndarray:
    """Equal bins from low to high, or around them where they are too close for so many bins between them."""
    room = BINS * 4 * max(np.spacing(abs(low)), np.spacing(abs(high)))
    if high - low < room:
        middle, half = low / 2 + high / 2, max(room, 0.5 if abs(high) < 1 else 0.0)
        low, high = middle - half, middle + half
    return np.linspace(low, high, BINS + 1)


def draw(untrained: list[Histogram], trained: list[Histogram], title: str) -> Figure:
    """A panel per hidden layer: its outputs before training as an outline, after it as an area.

    Where the two differ so much in width that one would vanish beside the other, the one before training has an axis of its
    own, at the top, in its own colour."""
    layers = list(dict.fromkeys(histogram.layer for histogram in (*untrained, *trained)))
    columns = min(len(layers), 5) or 1
    rows = -(-len(layers) // columns) or 1
    figure, axes = panels(rows, columns, title, width=2.6, height=2.3)
    for ax, layer in zip(axes, layers, strict=False):
        before, after = _of(layer, untrained), _of(layer, trained)
        _panel(ax, before, after)
        std, zero = (
            " → ".join(f"{getattr(h, n):{f}}" for h in (before, after) if h)
            for n, f in (("std", ".2g"), ("zero", ".0%"))
        )
        lost = f", {after.lost:.0%} not finite" if after and after.lost else ""
        ax.set_title(f"{layer}{lost}\nstd {std}, zero {zero}", fontsize=7, y=1.0)
    for ax in axes[len(layers) :]:
        ax.set_axis_off()
    if layers:
        axes[0].legend(handles=[Patch(color=AFTER, alpha=0.6), Line2D([], [], color=BEFORE)], labels=["trained", "untrained"],
                       frameon=False, fontsize=7)  # fmt: skip
        axes[0].set_ylabel("density", fontsize=7)
    return figure


def _panel(ax: Axes, before: Histogram | None, after: Histogram | None) -> None:
    shared = [histogram for histogram in (before, after) if histogram]
    apart = len(shared) == 2 and not _comparable(*shared)
    if after:
        ax.stairs(after.density, after.edges, fill=True, color=AFTER, alpha=0.6)
    if before:
        outlined = _laid_over(ax) if apart else ax
        outlined.stairs(before.density, before.edges, color=BEFORE)
        outlined.set_ylim(0, 1.1 * _tallest(before))
    ax.set_ylim(0, 1.1 * max(_tallest(histogram) for histogram in (shared[1:] if apart else shared)))
    ax.tick_params(labelsize=7)
    ax.set_yticks([])  # areas are compared, not heights read off
    ax.locator_params(axis="x", nbins=3)
    ax.set_xlabel("output", fontsize=7, labelpad=1)


def _laid_over(ax: Axes) -> Axes:
    """Axes in the same place, with scales of their own and numbers along the top."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    over: Axes = figure.add_axes(ax.get_position().bounds, frameon=False)
    over.set_yticks([])
    over.tick_params(bottom=False, labelbottom=False, top=True, labeltop=True, direction="in", pad=-10, labelsize=6)
    over.tick_params(colors=BEFORE)
    over.locator_params(axis="x", nbins=2)
    return over


def _comparable(one: Histogram, other: Histogram) -> bool:
    widths = [histogram.edges[-1] - histogram.edges[0] for histogram in (one, other)]
    return bool(max(widths) <= 30 * min(widths))


def _of(layer: str, histograms: list[Histogram]) -> Histogram | None:
    return next((histogram for histogram in histograms if histogram.layer == layer), None)


def _tallest(histogram: Histogram) -> float:
    """The tallest bin but for the one that holds zero: half of a ReLU's outputs are there and would dwarf the rest."""
    holds_zero = (histogram.edges[:-1] <= 0) & (histogram.edges[1:] > 0)
    others = histogram.density[~holds_zero] if histogram.zero else histogram.density
    return float(others.max(initial=0)) or float(histogram.density.max())

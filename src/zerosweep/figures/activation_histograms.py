"""The outputs of each hidden layer before and after training: too large saturates, too small collapses (experiment E1)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from zerosweep.figures.histograms import Histogram
from zerosweep.figures.style import panels

BEFORE, AFTER = "#ee6677", "#4477aa"


def draw(untrained: Sequence[Histogram], trained: Sequence[Histogram], title: str) -> Figure:
    """A panel per hidden layer: its outputs before training as an outline, after it as an area.

    Where the two differ so much in width that one would vanish beside the other, the one before training has an axis of its
    own, whose ends are written in the corner, in its colour."""
    layers = list(dict.fromkeys(histogram.layer for histogram in (*untrained, *trained)))
    columns = min(len(layers), 5) or 1
    rows = -(-len(layers) // columns) or 1
    figure, axes = panels(rows, columns, title, width=2.6, height=2.3)
    for ax in axes:
        ax.set(
            xticks=[], yticks=[]
        )  # areas are compared, not heights read off; and ticks are most of the time it takes
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
                       frameon=False, fontsize=7, loc="center right")  # fmt: skip
        axes[0].set_ylabel("density", fontsize=7)
    return figure


def _panel(ax: Axes, before: Histogram | None, after: Histogram | None) -> None:
    shared = [histogram for histogram in (before, after) if histogram]
    apart = len(shared) == 2 and not _comparable(*shared)
    if apart:
        shared = shared[1:]
    low, high = min(one.edges[0] for one in shared), max(one.edges[-1] for one in shared)
    top = 1.1 * max(one.tallest for one in shared)
    ax.set(xlim=(low, high), ylim=(0, top))
    if after:
        ax.stairs(after.density, after.edges, fill=True, color=AFTER, alpha=0.6)
    if before and apart:  # brought to the scales of the other
        start, width = before.edges[0], before.edges[-1] - before.edges[0]
        edges, density = (before.edges - start) / width, before.density / (1.1 * before.tallest)
        ax.stairs(top * density, low + (high - low) * edges, color=BEFORE)
        span = f"{before.edges[0]:.2g} to {before.edges[-1]:.2g}"
        ax.text(1, 0.98, span, transform=ax.transAxes, ha="right", va="top", fontsize=7, color=BEFORE, parse_math=False)
    elif before:
        ax.stairs(before.density, before.edges, color=BEFORE)
    for x, end, ha in ((0, low, "left"), (1, high, "right")):
        ax.text(x, -0.03, f"{end:.2g}", transform=ax.transAxes, ha=ha, va="top", fontsize=7, parse_math=False)
    ax.set_xlabel("output", fontsize=7, labelpad=4)


def _comparable(one: Histogram, other: Histogram) -> bool:
    widths = [histogram.edges[-1] - histogram.edges[0] for histogram in (one, other)]
    return bool(max(widths) <= 30 * min(widths))


def _of(layer: str, found: Sequence[Histogram]) -> Histogram | None:
    return next((histogram for histogram in found if histogram.layer == layer), None)

"""The outputs of each hidden layer before and after training: too large saturates, too small collapses (experiment E1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.histograms import Histogram
from zerosweep.figures.drawing.sheet import Key, page

BEFORE, AFTER, ALPHA = "#ee6677", "#4477aa", 0.6

WIDTH, HEIGHT = 1.8, 1.4
"""Of a panel, in inches."""

BESIDE, BELOW, ABOVE = 0.28, 0.25, 0.42
"""Inches on both sides of each panel, and below and above it for what is written there."""

HEADROOM = 1.1
"""A panel is so many times as high as its tallest bin."""

COMPARABLE = 30
"""Before and after share an axis where neither is wider than the other by more than this factor."""


@dataclass(frozen=True)
class HistogramPanel:
    """Of one layer. ends: of its axis. before, after: (2 BINS + 2, 2), the corners of their areas in a unit square, None where
    the layer has no histogram. apart: the ends of the axis of the one before training, where it has its own."""

    title: str
    ends: tuple[float, float]
    before: np.ndarray | None
    after: np.ndarray | None
    apart: tuple[float, float] | None


def panels(untrained: Sequence[Histogram], trained: Sequence[Histogram]) -> list[HistogramPanel]:
    """A panel per hidden layer. Where the two differ so much in width that one would vanish beside the other, the one before
    training has an axis of its own."""
    layers = dict.fromkeys(histogram.layer for histogram in (*untrained, *trained))
    return [_panel(layer, _of(layer, untrained), _of(layer, trained)) for layer in layers]


def _panel(layer: str, before: Histogram | None, after: Histogram | None) -> HistogramPanel:
    found = [histogram for histogram in (before, after) if histogram]
    widths = [histogram.edges[-1] - histogram.edges[0] for histogram in found]
    apart = before if max(widths) > COMPARABLE * min(widths) else None
    axis = _axis([histogram for histogram in found if histogram is not apart])
    own = _axis([apart]) if apart else axis
    std = " → ".join(f"{histogram.std:.2g}" for histogram in found)
    zero = " → ".join(f"{histogram.zero:.0%}" for histogram in found)
    lost = f", {after.lost:.0%} not finite" if after and after.lost else ""
    return HistogramPanel(
        f"{layer}{lost}\nstd {std}, zero {zero}",
        axis[:2],
        before.outline(*own) if before else None,
        after.outline(*axis) if after else None,
        own[:2] if apart else None,
    )


def _axis(shared: Sequence[Histogram]) -> tuple[float, float, float]:
    """Of all these: both ends, and the density at the top."""
    low, high = min(one.edges[0] for one in shared), max(one.edges[-1] for one in shared)
    return low, high, HEADROOM * max(one.tallest for one in shared)


@np.errstate(all="ignore")
def draw(untrained: Sequence[Histogram], trained: Sequence[Histogram], title: str) -> Figure:
    """A panel per hidden layer: its outputs before training as an outline, after it as an area; the ends of an axis that only
    the outline has are in the corner, in its colour.

    Areas are compared, no heights read off, so that no panel needs ticks. All are drawn on the sheet itself: to make axes for
    each takes longer than to draw what is in them."""
    shown = panels(untrained, trained)
    columns = min(len(shown), 5) or 1
    rows = -(-len(shown) // columns) or 1
    across, down = BESIDE + WIDTH + BESIDE, ABOVE + HEIGHT + BELOW
    area = Line2D([], [], color=AFTER, alpha=ALPHA, linewidth=7, solid_capstyle="butt")
    key = Key([(area, "trained"), (Line2D([], [], color=BEFORE), "untrained")])
    sheet = page((columns * across, rows * down), [], title, key)
    areas: list[np.ndarray] = []
    outlines: list[np.ndarray] = []
    frames = []
    for i, panel in enumerate(shown):
        x, y = i % columns * across + BESIDE, (rows - 1 - i // columns) * down + BELOW
        for corners, drawn in ((panel.after, areas), (panel.before, outlines)):
            if corners is not None:
                drawn.append(corners * (WIDTH, HEIGHT) + (x, y))
        frames.append([(x, y + HEIGHT), (x, y), (x + WIDTH, y)])
        sheet.write(x + WIDTH / 2, y + HEIGHT + 0.06, panel.title, ha="center", fontsize=7)
        sheet.write(x, y - 0.05, f"{panel.ends[0]:.2g}", va="top")
        sheet.write(x + WIDTH, y - 0.05, f"{panel.ends[1]:.2g}", ha="right", va="top")
        if panel.apart:
            span = f"{panel.apart[0]:.2g} to {panel.apart[1]:.2g}"
            sheet.write(x + WIDTH, y + HEIGHT, span, ha="right", va="top", color=BEFORE)
    if shown:  # what the axes are is written at the first panel
        left, bottom = BESIDE, (rows - 1) * down + BELOW
        sheet.write(left - 0.06, bottom + HEIGHT / 2, "density", ha="right", va="center", rotation=90)
        sheet.write(left + WIDTH / 2, bottom - 0.05, "output", ha="center", va="top")
    sheet.add(PolyCollection(areas, facecolor=AFTER, alpha=ALPHA, linewidth=0))
    sheet.add(LineCollection(outlines, color=BEFORE, linewidth=1))
    sheet.add(LineCollection(frames, color="black", linewidth=0.8))
    return sheet.figure


def _of(layer: str, found: Sequence[Histogram]) -> Histogram | None:
    return next((histogram for histogram in found if histogram.layer == layer), None)

"""The figures `activation_histograms` of a run and `histograms` of a comparison: the outputs of each hidden layer (E1).

Outputs that are too large saturate an activation; outputs that are too small collapse. A reader compares areas, so that
no panel needs ticks. All panels are drawn on the sheet itself: to make axes for each takes longer than to draw their
contents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.compared import ComparedRun, by_levels, combination_title, titles_in
from zerosweep.figures.drawing.histograms import Histogram, from_arrays
from zerosweep.figures.drawing.lettering import SMALL, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BLUE, GREY, ORANGE
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, new_sheet

BEFORE, AFTER, ALPHA = ORANGE, BLUE, 0.55
"""Colour of outputs before training and after it, and the opacity of an area."""

COMPARABLE = 30
"""Histograms have a common axis where none is wider than another by more than this factor."""

HEADROOM = 1.1
"""Height of a run's panel as a multiple of its tallest bin."""

WIDTH, HEIGHT, MOST_COLUMNS = 1.3, 1.1, 5
"""Size of a run's panel in inches, and the most panels beside each other."""

BESIDE, BELOW, ABOVE = 0.21, 0.42, 0.54
"""Inches on both sides of a run's panel, and below and above it for its texts."""

NARROWEST_ROW, ROW_WIDTH, ROW_HEIGHT = 0.72, 1.32, 0.52
"""Least and largest width of a comparison's panel, and its height, in inches."""

ROW_BESIDE, ROW_ABOVE, HEADING = 0.12, 0.34, 0.5
"""Inches between a comparison's panels, above each for its texts, and above each block for its name."""

LABEL = 2.0
"""The most inches for the name of a row."""


@dataclass(frozen=True)
class HistogramPanel:
    """A layer of a single run, before and after training.

    Attributes:
        title: Name of the layer, with the spread of its outputs and their fraction of zeros.
        ends: Both ends of the axis.
        before: Corners of the histogram before training in a unit square, shape (2 BINS + 2, 2); None without one.
        after: The same after training.
        apart: Both ends of the axis of `before`, where it has one of its own.
    """

    title: str
    ends: tuple[float, float]
    before: Floats | None
    after: Floats | None
    apart: tuple[float, float] | None


def panels(untrained: Sequence[Histogram], trained: Sequence[Histogram]) -> list[HistogramPanel]:
    """Return a panel for each hidden layer.

    Where one histogram would vanish beside the other, the one before training has an axis of its own.
    """
    before, after = ({histogram.layer: histogram for histogram in found} for found in (untrained, trained))
    return [_panel(layer, before.get(layer), after.get(layer)) for layer in before | after]


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
        f"{layer}{lost}\nstd {std}\nzero {zero}",
        axis[:2],
        before.outline(*own) if before else None,
        after.outline(*axis) if after else None,
        own[:2] if apart else None,
    )


def _axis(found: Sequence[Histogram]) -> tuple[float, float, float]:
    """Return both ends of a common axis of these histograms, and the density at its top."""
    return *_ends(found), HEADROOM * max(histogram.tallest for histogram in found)


def _ends(found: Sequence[Histogram]) -> tuple[float, float]:
    """Return the least and the largest output of these histograms."""
    return min(histogram.edges[0] for histogram in found), max(histogram.edges[-1] for histogram in found)


@dataclass(frozen=True)
class HistogramRow:
    """An untrained network in a comparison.

    Attributes:
        name: The levels that distinguish it from the others of its block.
        layers: Its histograms.
        low: Lower end of its axis.
        high: Upper end of its axis.
    """

    name: str
    layers: list[Histogram]
    low: float
    high: float

    @property
    def span(self) -> str:
        """The axis as text; an end that is nearly zero is written as 0."""
        ends = [0.0 if abs(end) < 1e-3 * (self.high - self.low) else end for end in (self.low, self.high)]
        return f"{ends[0]:.2g} to {ends[1]:.2g}"


@dataclass(frozen=True)
class HistogramBlock:
    """Rows with the same level of the first factor. name: that level, "" where all rows are one block."""

    name: str
    rows: list[HistogramRow]


def blocks(runs: Sequence[ComparedRun], factors: Sequence[str]) -> list[HistogramBlock]:
    """Return a row for each combination of levels of which a run saved histograms; of repeats the first is drawn."""
    titles = titles_in(runs, factors)
    saved = [run for run in runs if run.arrays and from_arrays(run.arrays, "untrained")]
    heads, rest = (factors[:1], factors[1:]) if len(factors) > 1 else ((), factors)
    found = []
    for head, inside in by_levels(saved, heads).items():
        rows = []
        for levels, (run, *_) in by_levels(inside, rest).items():
            layers = from_arrays(run.arrays, "untrained")
            rows.append(HistogramRow(combination_title(rest, levels, titles), layers, *_ends(layers)))
        found.append(HistogramBlock(combination_title(heads, head, titles), with_axes(rows)))
    return found


def with_axes(rows: Sequence[HistogramRow]) -> list[HistogramRow]:
    """Return the rows with one axis for all, unless it would hide some of them."""
    widths = [row.high - row.low for row in rows]
    if max(widths) > COMPARABLE * min(widths):
        return list(rows)
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    return [HistogramRow(row.name, row.layers, low, high) for row in rows]


@np.errstate(all="ignore")
def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the histograms of a single run before and after training, or those of several before it.

    Args:
        runs: Runs with the arrays of `histograms.as_arrays`, or none where a run saved none.
        factors: The settings that varied; each level of the first makes a block of rows.
        title: The title of the figure.
    """
    if len(runs) == 1 and runs[0].arrays:
        return _draw_run(panels(*(from_arrays(runs[0].arrays, moment) for moment in ("untrained", "trained"))), title)
    return _draw_rows(blocks(runs, factors), len(runs), title)


def _draw_run(shown: Sequence[HistogramPanel], title: str) -> Figure:
    """Draw a panel for each layer: its outputs before training as an outline, after it as an area."""
    columns = min(len(shown), MOST_COLUMNS) or 1
    rows = -(-len(shown) // columns) or 1
    across, down = BESIDE + WIDTH + BESIDE, ABOVE + HEIGHT + BELOW
    area = Line2D([], [], color=AFTER, alpha=ALPHA, linewidth=7, solid_capstyle="butt")
    outline = Line2D([], [], color=BEFORE, linewidth=1.4)
    key = Key([(area, "after training"), (outline, "before training")])
    sheet = new_sheet((columns * across, rows * down), [], title, key)
    areas: list[Floats] = []
    outlines: list[Floats] = []
    frames = []
    for i, panel in enumerate(shown):
        x, y = i % columns * across + BESIDE, (rows - 1 - i // columns) * down + BELOW
        for corners, drawn in ((panel.after, areas), (panel.before, outlines)):
            if corners is not None:
                drawn.append(corners * (WIDTH, HEIGHT) + (x, y))
        frames.append([(x, y + HEIGHT), (x, y), (x + WIDTH, y)])
        sheet.write(x, y + HEIGHT + 0.07, panel.title)
        sheet.write(x, y - 0.05, f"{panel.ends[0]:.2g}", va="top")
        sheet.write(x + WIDTH, y - 0.05, f"{panel.ends[1]:.2g}", ha="right", va="top")
        if panel.apart:  # the ends of the outline's own axis
            span = f"{panel.apart[0]:.2g} to {panel.apart[1]:.2g}"
            sheet.write(x + WIDTH, y + HEIGHT, span, ha="right", va="top", color=BEFORE)
        if i + columns >= len(shown):
            sheet.write(x + WIDTH / 2, y - 0.2, "output", ha="center", va="top")
        if i % columns == 0:
            sheet.write(x - 0.06, y + HEIGHT / 2, "density", ha="right", va="center", rotation=90)
    sheet.add(PolyCollection(areas, facecolor=AFTER, alpha=ALPHA, linewidth=0))
    sheet.add(LineCollection(outlines, color=BEFORE, linewidth=1.2))
    sheet.add(LineCollection(frames, color="black", linewidth=0.8))
    return sheet.figure


def _draw_rows(found: Sequence[HistogramBlock], runs: int, title: str) -> Figure:
    """Draw a row for each network of a comparison, and a column for each layer. runs: number of all runs."""
    rows = [row for block in found for row in block.rows]
    layers = list(dict.fromkeys(histogram.layer for row in rows for histogram in row.layers))
    label = min(LABEL, width_of([row.name for row in rows]) + 0.2) if any(row.name for row in rows) else 0.1
    beside = width_of([row.span for row in rows]) + 0.15
    room = WIDEST - label - beside
    columns = max(1, min(len(layers), int(room / (NARROWEST_ROW + ROW_BESIDE))))
    shown = [layers[i * len(layers) // columns] for i in range(columns)] if layers else []
    width = min(ROW_WIDTH, room / columns - ROW_BESIDE)
    step, down = width + ROW_BESIDE, ROW_HEIGHT + ROW_ABOVE
    body = label + columns * step + beside, len(rows) * down + len(found) * HEADING + 0.1
    left_out = runs - len(rows)
    notes = [
        "Each panel shows how a hidden layer's outputs are distributed before training. It is as high as its tallest "
        "bin, that of zero aside, and as wide as all outputs of its row, or of its block where they are comparable.",
        *([f"{len(layers) - columns} of {len(layers)} layers are not drawn."] if columns < len(layers) else []),
        *([f"{left_out} more runs are not drawn: repeats, or without saved histograms."] if left_out else []),
    ]
    sheet = new_sheet(body, [], title, Key([]), notes)
    y = body[1]
    areas: list[Floats] = []
    floors: list[Floats] = []
    for block in found:
        y -= HEADING
        sheet.write(EDGE, y + 0.25, block.name, fontsize=SMALL + 1, weight="bold")
        for i, layer in enumerate(shown):
            sheet.write(label + i * step, y + 0.06, layer)
        for row in block.rows:
            y -= down
            sheet.write(EDGE, y + ROW_HEIGHT / 2, wrapped(row.name, label), va="center")
            sheet.write(body[0] - EDGE, y, row.span, ha="right", color=GREY)
            for histogram in row.layers:
                if histogram.layer not in shown:
                    continue
                left = label + shown.index(histogram.layer) * step
                corners = histogram.outline(row.low, row.high, histogram.tallest)
                areas.append(corners * (width, ROW_HEIGHT) + (left, y))
                floors.append(np.array([(left, y), (left + width, y)]))
                zero = f"zero {histogram.zero:.0%}" if histogram.zero else ""
                text = f"{zero}\nstd {histogram.std:.2g}" if zero else f"std {histogram.std:.2g}"
                sheet.write(left, y + ROW_HEIGHT + 0.03, text, color=GREY)
    sheet.add(PolyCollection(areas, facecolor=AFTER, edgecolor=AFTER, linewidth=0.8))
    sheet.add(LineCollection(floors, color=GREY, linewidth=0.8))
    return sheet.figure

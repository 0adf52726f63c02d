"""The outputs of untrained networks as a grid of histograms: a row for each run, a column for each hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.histograms import Histogram, from_arrays
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.sheet import Key, page, width_of, wrapped

COLOUR = "#4477aa"

WIDTH, HEIGHT = 1.32, 0.52
"""Of a panel, in inches."""

ACROSS, ABOVE, HEADING = 0.12, 0.2, 0.34
"""Inches between panels, above each for what is written there, and above each block for its name."""

TEXT = 7
"""Points of what is written at a panel."""

LABEL = 2.0
"""Inches for a row's name, at most."""

COMPARABLE = 30
"""Rows of a block share an axis where none is wider than another by more than this factor."""


@dataclass(frozen=True)
class Row:
    """name: the levels that tell it from the others of its block. layers: of the untrained network. low, high: of its axis."""

    name: str
    layers: list[Histogram]
    low: float
    high: float

    @property
    def span(self) -> str:
        """The axis in words; an end that is as good as zero is written so."""
        ends = [0.0 if abs(end) < 1e-3 * (self.high - self.low) else end for end in (self.low, self.high)]
        return f"{ends[0]:.2g} to {ends[1]:.2g}"


@dataclass(frozen=True)
class Block:
    """Rows with the same level of the first factor; name: that level, "" where all rows are one block."""

    name: str
    rows: list[Row]


def blocks(runs: Sequence[Compared], factors: Sequence[str]) -> list[Block]:
    """The rows of the runs that kept their histograms, in the order of their levels; of repeats the first."""
    names = {factor: written(levels_of(runs, factor)) for factor in factors}
    kept = [run for run in runs if run.arrays and from_arrays(run.arrays, "untrained")]
    heads, rest = (factors[:1], factors[1:]) if len(factors) > 1 else ((), factors)
    found = []
    for head, inside in by_levels(kept, heads).items():
        rows = []
        for levels, (run, *_) in by_levels(inside, rest).items():
            layers = from_arrays(run.arrays, "untrained")
            name = " ".join(f"{factor}={names[factor][level]}" for factor, level in zip(rest, levels, strict=True))
            low, high = min(one.edges[0] for one in layers), max(one.edges[-1] for one in layers)
            rows.append(Row(name, layers, low, high))
        found.append(Block("".join(f"{heads[0]}={names[heads[0]][level]}" for level in head), with_axes(rows)))
    return found


def with_axes(rows: Sequence[Row]) -> list[Row]:
    """The rows with one axis for all, where that would hide none of them."""
    widths = [row.high - row.low for row in rows]
    if max(widths) > COMPARABLE * min(widths):
        return list(rows)
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    return [Row(row.name, row.layers, low, high) for row in rows]


@np.errstate(all="ignore")
def draw(runs: Sequence[Compared], factors: Sequence[str], title: str) -> Figure:
    """factors: the levels of the first make blocks of rows."""
    found = blocks(runs, factors)
    rows = [row for block in found for row in block.rows]
    layers = list(dict.fromkeys(one.layer for row in rows for one in row.layers))
    names = [*(word for row in rows for word in row.name.split()), *(block.name for block in found)]
    label = min(LABEL, width_of(names) + 0.2)
    size = label + len(layers) * (WIDTH + ACROSS) + 0.9, len(rows) * (HEIGHT + ABOVE) + len(found) * HEADING + 0.1
    left_out = len(runs) - len(rows)
    notes = [
        "Each panel shows how a hidden layer's outputs are distributed before training. It is as high as its tallest bin, that "
        "of zero aside, and as wide as all outputs of its row, or of its block where they are comparable.",
        *([f"{left_out} more runs are not drawn: repeats, or without histograms kept."] if left_out else []),
    ]
    sheet = page(size, [(0, 0, *size)], title, Key([]), notes)
    (ax,) = sheet.axes
    ax.set(xlim=(0, size[0]), ylim=(0, size[1]))
    ax.set_axis_off()
    y = size[1]
    areas: list[Floats] = []
    floors: list[Floats] = []
    for block in found:
        y -= HEADING
        _write(ax, 0.05, y + 0.05, block.name, fontsize=TEXT + 2, weight="bold")
        for i, layer in enumerate(layers):
            _write(ax, label + i * (WIDTH + ACROSS) + WIDTH / 2, y + 0.05, layer, fontsize=TEXT + 1, ha="center")
        for row in block.rows:
            y -= HEIGHT + ABOVE
            _write(ax, 0.05, y + HEIGHT / 2, wrapped(row.name, label, TEXT + 1), fontsize=TEXT + 1, va="center")
            _write(ax, label + len(layers) * (WIDTH + ACROSS), y, row.span, color=GREY)
            for one in row.layers:
                left = label + layers.index(one.layer) * (WIDTH + ACROSS)
                areas.append(one.outline(row.low, row.high, one.tallest) * (WIDTH, HEIGHT) + (left, y))
                floors.append(np.array([(left, y), (left + WIDTH, y)]))
                zero = f", zero {one.zero:.0%}" if one.zero else ""
                _write(ax, left, y + HEIGHT + 0.03, f"std {one.std:.2g}{zero}", color=GREY)
    ax.add_collection(PolyCollection(areas, facecolor=COLOUR, edgecolor=COLOUR, linewidth=0.8), autolim=False)
    ax.add_collection(LineCollection(floors, color=GREY, linewidth=0.8), autolim=False)
    return sheet.figure


def _write(ax: Axes, x: float, y: float, text: str, **looks: object) -> None:
    ax.text(x, y, text, **{"fontsize": TEXT, "parse_math": False} | looks)  # type: ignore[arg-type]

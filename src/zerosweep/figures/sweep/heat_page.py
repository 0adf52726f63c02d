"""Heat maps drawn: a sheet of them with one colour bar and one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.palette import BEST, GREY, MARKS, OTHER, shades_for
from zerosweep.figures.drawing.panels import columns_of
from zerosweep.figures.drawing.sheet import BAR, LINE, SMALL, Key, bar_width, from_to, page, wrapped
from zerosweep.figures.sweep.cells import Cells
from zerosweep.figures.sweep.heat_map import HeatMaps, Map
from zerosweep.figures.sweep.points import Points
from zerosweep.metrics import NEITHER

PAPER, LONG = 13.0, 20.0
"""Inches that a figure is wide and high, at most."""


class Surface(Protocol):
    """How one map is drawn: the size of its axes in inches, and what it needs to the left and below for what is written."""

    size: tuple[float, float]
    left: float
    below: float

    def paint(self, ax: Axes, each: Map) -> None: ...


@np.errstate(all="ignore")
def draw(found: HeatMaps, y: str, title: str, direction: str, notes: Sequence[str] = ()) -> Figure:
    """y: the metric; direction: maximize or minimize it, or neither."""
    columns = columns_of(len(found.maps))
    rows = -(-len(found.maps) // columns) or 1
    bar = bar_width(found.scale)
    room = (PAPER - bar) / columns, LONG / rows
    surface: Surface = Points(found, direction) if found.scattered else Cells(found, direction, room)
    across, tall = surface.size
    titles = [wrapped(each.title, across) for each in found.maps]
    above = 0.08 + max((text.count("\n") + 1 for text in titles if text), default=0) * SMALL * LINE
    step_x, step_y = surface.left + across + 0.2, surface.below + tall + above
    boxes = [
        (i % columns * step_x + surface.left, (rows - 1 - i // columns) * step_y + surface.below, across, tall)
        for i in range(len(found.maps))
    ]
    body = columns * step_x + bar, max(rows * step_y, 1.6)
    sheet = page(body, boxes, title, _key(found), [*_explained(found, direction), *notes])
    for ax, each, heading in zip(sheet.axes, found.maps, titles, strict=True):
        surface.paint(ax, each)
        ax.set_title(heading, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
    height = min(max(body[1] - surface.below - above, 1.2), 4.5)
    bottom = min((body[1] + surface.below - above - height) / 2, body[1] - height - 0.1)
    sheet.colour_bar((columns * step_x, bottom, BAR, height), found.scale, shades_for(direction), y)
    return sheet.figure


def _key(found: HeatMaps) -> Key:
    words = dict.fromkeys(word for each in found.maps for o in each.cells.values() for word in o.troubles)
    entries = [
        (Line2D([], [], color=GREY, marker=MARKS.get(word, OTHER), linestyle="", fillstyle="none", markersize=5), word)
        for word in words
    ]
    if any(each.best for each in found.maps):
        box = Line2D([], [], color=BEST, marker="o" if found.scattered else "s", linestyle="", fillstyle="none",
                     markersize=8, markeredgewidth=1.5)  # fmt: skip
        entries.append((box, "best" if len(found.maps) == 1 else "best of its map"))
    return Key(entries)


def _explained(found: HeatMaps, direction: str) -> list[str]:
    counts = [o.runs for each in found.maps for o in each.cells.values()]
    notes = []
    if max(counts, default=1) > 1:
        notes.append(f"Values are means of repeats ({from_to(counts)}); a mark means that at least one went so.")
    if found.left_out:
        which = "are the first" if direction == NEITHER else "have the best values"
        notes.append(f"{found.left_out} more maps are not drawn: these {which}.")
    return notes

"""The plane of two settings drawn: panels side by side with shared axes, and one colour bar."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY, MARKS, shades_for
from zerosweep.figures.drawing.sheet import BAR, EDGE, LINE, SMALL, Key, bar_width, new_sheet, width_of, wrapped
from zerosweep.figures.search.axes import between, lay_out
from zerosweep.figures.search.marks import mark, put, without_value
from zerosweep.figures.search.plane import Plane, PlanePanel

SIZES = {1: (5.2, 4.0), 2: (4.2, 3.6), 3: (3.2, 3.0), 4: (3.0, 2.8), 5: (2.4, 2.4)}
"""Inches of a panel, by how many there are."""

LEGIBLE = 5.0
"""Points across a dot, from which on a mark in it can be seen."""


@np.errstate(all="ignore")
def draw(found: Plane, metric: str, direction: str, title: str) -> Figure:
    across, tall = SIZES[len(found.panels)]
    xs, ys = found.x.axis(5), found.y.axis(5)
    left = 0.35 + width_of(ys.labels)
    titles = [wrapped(panel.title, across) for panel in found.panels]
    above = 0.08 + max((text.count("\n") + 1 for text in titles if text), default=0) * SMALL * LINE
    below = 0.47
    gap = between([xs])
    boxes = [(left + i * (across + gap), below, across, tall) for i in range(len(found.panels))]
    right = boxes[-1][0] + across + gap
    body = right + (bar_width(found.colours) if found.colours else 0.0), below + tall + above
    sheet = new_sheet(body, boxes, title, _key(found), _notes(found))
    size = _size(found)
    for i, (ax, panel, heading) in enumerate(zip(sheet.axes, found.panels, titles, strict=True)):
        lay_out(ax, xs, ys, numbers=(True, i == 0))
        ax.set_title(heading, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
        _paint(ax, panel, found, direction, size)
    sheet.write((left + right - gap) / 2, EDGE, found.x.name, ha="center")
    sheet.write(EDGE, below + tall / 2, found.y.name, rotation=90, va="center")
    if found.colours:
        sheet.colour_bar((right, below, BAR, tall), found.colours, shades_for(direction), metric)
    return sheet.figure


def _size(found: Plane) -> float:
    """Points across a dot."""
    trials = sum(len(panel.values) + sum(map(len, panel.others.values())) for panel in found.panels)
    return 6.5 if trials <= 100 else 5.0 if trials <= 300 else 3.6


def _paint(ax: Axes, panel: PlanePanel, found: Plane, direction: str, size: float) -> None:
    for outcome, places in panel.others.items():
        put(ax, outcome, places[:, 0], places[:, 1], size * 0.8)
    if found.colours is None:
        return
    if len(known := np.flatnonzero(~np.isnan(panel.stopped))):
        x, y = panel.others["pruned"][known].T
        colours = shades_for(direction)(found.colours.fraction(panel.stopped[known]))
        ax.scatter(
            x, y, s=(size * 0.9) ** 2, c=colours, marker=MARKS["pruned"], linewidths=0, clip_on=False, zorder=2.4
        )
    if not len(panel.values):
        return
    colours = shades_for(direction)(found.colours.fraction(panel.values))
    x, y = panel.places.T
    ax.scatter(x, y, s=size**2, c=colours, linewidths=0, clip_on=False, zorder=2.5)
    for word in _words(found) if size >= LEGIBLE else []:
        of = np.array([verdict == word for verdict in panel.verdicts])
        for ink, legible in (("white", _dark(colours)), ("black", ~_dark(colours))):
            ax.plot(x[of & legible], y[of & legible], linestyle="", marker=MARKS[word], color=ink, fillstyle="none",
                    markersize=size * 0.55, markeredgewidth=0.9, clip_on=False, zorder=2.6)  # fmt: skip
    if panel.best:
        ax.plot(*panel.places[-1], "o", color=BEST, fillstyle="none", markersize=size + 4, markeredgewidth=1.6,
                clip_on=False, zorder=4)  # fmt: skip


def _words(found: Plane) -> list[str]:
    """Of complete trials that did not learn."""
    verdicts = {verdict for panel in found.panels for verdict in panel.verdicts}
    return [word for word in ("stuck", "dying") if word in verdicts]


def _dark(colours: Floats) -> np.ndarray:
    """(n,), whether white is what is legible on each colour, (n, 4)."""
    return np.asarray(colours[:, :3] @ (0.299, 0.587, 0.114) < 0.5)


def _key(found: Plane) -> Key:
    entries = [
        (mark(outcome), outcome)
        for outcome in without_value(outcome for panel in found.panels for outcome in panel.others)
    ]
    for word in _words(found) if _size(found) >= LEGIBLE else []:
        line = Line2D([], [], linestyle="", marker=MARKS[word], color=GREY, fillstyle="none", markersize=5)
        entries.append((line, word))
    if found.best is not None:
        ring = Line2D([], [], linestyle="", marker="o", color=BEST, fillstyle="none", markersize=8, markeredgewidth=1.6)
        entries.append((ring, f"best: trial {found.best}"))
    return Key(entries)


def _notes(found: Plane) -> list[str]:
    notes = []
    if any(np.isfinite(panel.stopped).any() for panel in found.panels):
        notes.append("A pruned trial has the colour of what it was at when it was stopped.")
    if found.absent:
        notes.append(
            f"Not drawn, as they do not have both {found.x.name} and {found.y.name}: {found.absent} of all trials."
        )
    return notes

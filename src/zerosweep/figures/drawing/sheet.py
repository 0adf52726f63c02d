"""The sheet that a comparison is drawn on: title, key, panels and notes, one below the other.

Every place is worked out in inches here: to have Matplotlib find them takes longer than all the drawing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.style import DPI, TITLE

SMALL = 8
"""Points of most of the text."""

EM = 0.62 / 72
"""Inches that a character is wide for every point of its size: a little more than most are."""

LINE = 1.35 / 72
"""Inches from line to line for every point."""

EDGE = 0.08

BAR = 0.14
"""Inches that a colour bar is wide."""

NARROWEST = 5.6
"""Inches that a page is wide at least, so that its title and notes can be read."""


def width_of(texts: Sequence[str], size: float = SMALL) -> float:
    """Inches of the longest."""
    return max((len(line) for text in texts for line in text.split("\n")), default=0) * size * EM


def wrapped(text: str, width: float, size: float = SMALL, most: int = 3) -> str:
    """The text in at most so many lines of `width` inches; where it does not fit, it ends in an ellipsis."""
    room = max(int(width / (size * EM)), 8)
    words = [word.replace("=", "= ", 1) if len(word) > room else word for word in text.split()]
    text = " ".join(words)  # a setting too long for a line is broken before its level
    return "\n".join(textwrap.wrap(text, room, max_lines=most, placeholder=" …"))


def from_to(counts: Iterable[int]) -> str:
    """ "5", or "3 to 5" where they differ."""
    least, most = min(several := set(counts)), max(several)
    return f"{least}" if least == most else f"{least} to {most}"


def bar_width(scale: Scale) -> float:
    """Inches for a colour bar and what is written at it."""
    return BAR + 0.4 + width_of(scale.labels)


@dataclass(frozen=True)
class Key:
    """What lines and marks mean: an entry each, below the heading, in rows as wide as the page."""

    entries: Sequence[tuple[Line2D, str]]
    heading: str = ""

    def columns(self, width: float) -> int:
        widest = width_of([text for _, text in self.entries]) + 0.55
        return max(1, min(len(self.entries), int((width - 0.2) / widest)))

    def height(self, width: float) -> float:
        if not self.entries:
            return 0.0
        rows = -(-len(self.entries) // self.columns(width)) + bool(self.heading)
        return rows * SMALL * LINE * 1.1 + 0.04

    def draw(self, figure: Figure, top: float) -> None:
        """top: of the figure's height, where the key begins."""
        if not self.entries:
            return
        columns = self.columns(figure.get_figwidth())
        # a legend fills column after column, but is read row by row
        ordered = [entry for column in range(columns) for entry in self.entries[column::columns]]
        legend = figure.legend(
            [handle for handle, _ in ordered],
            ["entry"] * len(ordered),  # Matplotlib drops labels that begin with an underscore
            loc="upper center",
            bbox_to_anchor=(0.5, top),
            ncols=columns,
            frameon=False,
            fontsize=SMALL,
            title=self.heading or None,
            title_fontsize=SMALL,
            borderpad=0,
            borderaxespad=0,
            labelspacing=0.35,
            handlelength=2.6,
            columnspacing=1.5,
        )
        legend.get_title().set_parse_math(False)
        for text, (_, label) in zip(legend.get_texts(), ordered, strict=True):
            text.set_parse_math(False)
            text.set_text(label)


Box = tuple[float, float, float, float]
"""Of a panel: left, bottom, width and height, in inches from the lower left corner of the body."""


@dataclass(frozen=True)
class Sheet:
    """figure: the sheet; axes: its panels, in the order of their boxes. corner: the lower left one of the body, in inches."""

    figure: Figure
    axes: list[Axes]
    corner: tuple[float, float]

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """Inches from the corner of the body as shares of the figure."""
        width, height = self.figure.get_size_inches()
        return (self.corner[0] + left) / width, (self.corner[1] + bottom) / height

    def write(self, left: float, bottom: float, text: str, **looks: Any) -> None:
        x, y = self.place(left, bottom)
        self.figure.text(x, y, text, **{"fontsize": SMALL, "parse_math": False} | looks)

    def add(self, collection: Collection) -> None:
        """Draw on the sheet itself what is given in inches from the corner of the body."""
        collection.set_transform(Affine2D().translate(*self.corner) + self.figure.dpi_scale_trans)
        self.figure.add_artist(collection)

    def colour_bar(self, box: Box, scale: Scale, colours: Colormap, label: str) -> None:
        ax = self.figure.add_axes((*self.place(*box[:2]), *self._share(box)), label="colour bar")
        mappable = ScalarMappable(scale.norm(), colours)
        bar = self.figure.colorbar(mappable, cax=ax)
        bar.minorticks_off()
        bar.set_ticks(list(scale.ticks), labels=scale.labels)
        bar.outline.set_visible(False)
        ax.tick_params(labelsize=SMALL, length=2)
        ax.set_ylabel(label, fontsize=SMALL, parse_math=False)

    def _share(self, box: Box) -> tuple[float, float]:
        width, height = self.figure.get_size_inches()
        return box[2] / width, box[3] / height


def page(body: tuple[float, float], boxes: Sequence[Box], title: str, key: Key, notes: Sequence[str] = ()) -> Sheet:
    """A sheet around a body of so many inches in width and height. It is no pyplot figure: nothing global is touched, and it is
    freed with its last reference."""
    width = max(body[0], NARROWEST)
    heading = wrapped(title, width - 2 * EDGE, size=10).split("\n")
    below = [line for note in notes for line in wrapped(note, width - 2 * EDGE).split("\n")]
    head = EDGE + TITLE * len(heading) + key.height(width)
    foot = len(below) * SMALL * LINE + EDGE * bool(below)
    height = head + body[1] + foot
    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    text = "\n".join(heading)
    figure.text(0.5, 1 - EDGE / height, text, ha="center", va="top", fontsize=10, parse_math=False)
    key.draw(figure, 1 - (EDGE + TITLE * len(heading)) / height)
    figure.text(
        EDGE / width, EDGE / height, "\n".join(below), va="bottom", fontsize=SMALL, color=GREY, parse_math=False
    )
    sheet = Sheet(figure, [], ((width - body[0]) / 2, foot))
    for box in boxes:
        ax = figure.add_axes((*sheet.place(*box[:2]), *sheet._share(box)))
        ax.spines[["top", "right"]].set_visible(False)
        sheet.axes.append(ax)
    return sheet

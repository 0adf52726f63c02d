"""A figure as a sheet: title, key, panels and notes, one below the other.

All places are computed here, in inches: Matplotlib's own layout takes longer than all the drawing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox
from numpy.typing import NDArray

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.style import DPI, TITLE, Drawing

SMALL = 8
"""Font size of most of the text, in points."""

EM = 0.62 / 72
"""Width of a character in inches for every point of its size, a little more than that of most."""

LINE = 1.35 / 72
"""Distance from line to line in inches for every point of the font size."""

EDGE = 0.08
"""Margin of the sheet in inches."""

BAR = 0.14
"""Width of a colour bar in inches."""

NARROWEST = 5.6
"""Least width of a sheet in inches, so that its title and notes can be read."""


def width_of(texts: Sequence[str], size: float = SMALL) -> float:
    """Return the width of the longest line of these texts, in inches."""
    return max((len(line) for text in texts for line in text.split("\n")), default=0) * size * EM


def height_of(texts: Sequence[str], size: float = SMALL) -> float:
    """Return the height of the text with the most lines, in inches; 0 where all are empty."""
    return max((text.count("\n") + 1 for text in texts if text), default=0) * size * LINE


def wrapped(text: str, width: float, size: float = SMALL, most: int = 3) -> str:
    """Return the text in at most `most` lines of `width` inches. A text that does not fit ends in an ellipsis."""
    length = max(int(width / (size * EM)), 8)
    words = [word.replace("=", "= ", 1) if len(word) > length else word for word in text.split()]
    text = " ".join(words)  # so that a setting too long for a line is broken before its level
    return "\n".join(textwrap.wrap(text, length, max_lines=most, placeholder=" …"))


def count_range(counts: Iterable[int]) -> str:
    """Return the counts as text: "5", or "3 to 5" where they differ."""
    least, most = min(several := set(counts)), max(several)
    return f"{least}" if least == most else f"{least} to {most}"


def bar_width(scale: Scale) -> float:
    """Return the width of a colour bar with its labels, in inches."""
    return BAR + 0.4 + width_of(scale.labels)


@dataclass(frozen=True)
class Key:
    """The explanation of lines and marks: an entry for each, below a heading, in rows as wide as the sheet."""

    entries: Sequence[tuple[Line2D, str]]
    heading: str = ""

    def columns(self, width: float) -> int:
        """Return the number of entries in a row of `width` inches."""
        widest = width_of([text for _, text in self.entries]) + 0.55
        return max(1, min(len(self.entries), int((width - 0.2) / widest)))

    def height(self, width: float) -> float:
        """Return the height of the key in inches on a sheet of `width` inches."""
        if not self.entries:
            return 0.0
        rows = -(-len(self.entries) // self.columns(width)) + bool(self.heading)
        return rows * SMALL * LINE * 1.1 + 0.04

    def draw(self, figure: Figure, top: float) -> None:
        """Draw the key, its upper side at the fraction `top` of the figure's height."""
        if not self.entries:
            return
        columns = self.columns(figure.get_figwidth())
        # Matplotlib fills a legend column by column, but it is read row by row
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
"""Left, bottom, width and height of a panel, in inches from the lower left corner of the body."""


@dataclass(frozen=True)
class Sheet:
    """A figure with its panels.

    Attributes:
        figure: The figure.
        axes: The panels, in the order of their boxes.
        corner: The lower left corner of the body, in inches from that of the figure.
    """

    figure: Figure
    axes: list[Axes]
    corner: tuple[float, float]

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """Return a place, in inches from the corner of the body, as fractions of the figure's width and height."""
        width, height = self.figure.get_size_inches()
        return (self.corner[0] + left) / width, (self.corner[1] + bottom) / height

    def write(self, left: float, bottom: float, text: str, **style: Any) -> None:
        """Write a text at a place in inches from the corner of the body. style: Matplotlib's properties of a text."""
        x, y = self.place(left, bottom)
        self.figure.text(x, y, text, **{"fontsize": SMALL, "parse_math": False} | style)

    def add(self, collection: Collection) -> None:
        """Draw a collection on the sheet itself, its coordinates in inches from the corner of the body."""
        collection.set_transform(Affine2D().translate(*self.corner) + self.figure.dpi_scale_trans)
        self.figure.add_artist(collection)

    def picture(self, box: Box, levels: NDArray[np.floating]) -> None:
        """Draw an image on the sheet itself. Its pixels stay sharp.

        Args:
            box: The place, given like that of a panel.
            levels: Levels in [0, 1]: greys of shape (h, w), or colours of shape (h, w, 3).
        """
        left, bottom = (edge + corner for edge, corner in zip(box[:2], self.corner, strict=True))
        place = TransformedBbox(Bbox.from_bounds(left, bottom, *box[2:]), self.figure.dpi_scale_trans)
        image = BboxImage(place, interpolation="nearest", cmap="gray", norm=Normalize(0, 1))
        image.set_data(levels)
        self.figure.add_artist(image)

    def colour_bar(self, box: Box, scale: Scale, colours: Colormap, label: str) -> None:
        """Draw a colour bar at a place given like that of a panel."""
        ax = self.figure.add_axes((*self.place(*box[:2]), *self._size(box)), label="colour bar")
        mappable = ScalarMappable(scale.norm(), colours)
        bar = self.figure.colorbar(mappable, cax=ax)
        bar.minorticks_off()
        bar.set_ticks(list(scale.ticks), labels=scale.labels)
        bar.outline.set_visible(False)
        ax.tick_params(labelsize=SMALL, length=2)
        ax.set_ylabel(label, fontsize=SMALL, parse_math=False)

    def _size(self, box: Box) -> tuple[float, float]:
        """Return width and height of a box as fractions of those of the figure."""
        width, height = self.figure.get_size_inches()
        return box[2] / width, box[3] / height


def new_sheet(
    body: tuple[float, float], boxes: Sequence[Box], title: str, key: Key, notes: Sequence[str] = ()
) -> Sheet:
    """Return a sheet with empty panels.

    The figure does not belong to pyplot: no global state is touched, and it is freed with its last reference.

    Args:
        body: Width and height of the part between key and notes, in inches.
        boxes: The place of each panel in the body.
        title: Wrapped to at most three lines.
        key: Drawn between title and body.
        notes: Sentences below the body.
    """
    width = max(body[0], NARROWEST)
    heading = wrapped(title, width - 2 * EDGE, size=10).split("\n")
    below = [line for note in notes for line in wrapped(note, width - 2 * EDGE).split("\n")]
    head = EDGE + TITLE * len(heading) + key.height(width)
    foot = len(below) * SMALL * LINE + EDGE * bool(below)
    height = head + body[1] + foot
    figure = Drawing(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    text = "\n".join(heading)
    figure.text(0.5, 1 - EDGE / height, text, ha="center", va="top", fontsize=10, parse_math=False)
    key.draw(figure, 1 - (EDGE + TITLE * len(heading)) / height)
    figure.text(
        EDGE / width, EDGE / height, "\n".join(below), va="bottom", fontsize=SMALL, color=GREY, parse_math=False
    )
    sheet = Sheet(figure, [], ((width - body[0]) / 2, foot))
    for box in boxes:
        ax = figure.add_axes((*sheet.place(*box[:2]), *sheet._size(box)))
        ax.spines[["top", "right"]].set_visible(False)
        sheet.axes.append(ax)
    return sheet

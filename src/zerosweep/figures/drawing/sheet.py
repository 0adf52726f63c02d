"""A figure as a sheet: title, key, panels and notes, one below the other.

All places are computed here, in inches: Matplotlib's own layout takes longer than all the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap
from matplotlib.image import BboxImage
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox
from numpy.typing import NDArray

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.lettering import LINE, SMALL, Label, Letters, Level, Side, Weight, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY
from zerosweep.figures.drawing.style import DPI, Drawing

EDGE = 0.08
"""Margin of the sheet in inches."""

TITLE = 10
"""Font size of the title, in points."""

BAR = 0.14
"""Width of a colour bar in inches."""

NARROWEST = 5.6
"""Least width of a sheet in inches, so that its title and notes can be read."""

WIDEST = 8.7
"""Width in inches that no sheet exceeds.

A page of GitHub shows a picture at most 838 pixels wide. A wider figure is reduced there, and its text with it.
"""

HANDLE, BESIDE_HANDLE, BETWEEN = 0.28, 0.07, 0.22
"""Inches for the line or mark of an entry in a key, between it and its text, and between entries."""

ROW = 1.25 * SMALL * LINE
"""Height of a row of a key in inches."""


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
        return max(1, min(len(self.entries), int((width - 2 * EDGE + BETWEEN) / self._step)))

    @property
    def _step(self) -> float:
        """Distance from entry to entry in inches."""
        return HANDLE + BESIDE_HANDLE + width_of([text for _, text in self.entries]) + BETWEEN

    def height(self, width: float) -> float:
        """Return the height of the key in inches on a sheet of `width` inches."""
        if not self.entries:
            return 0.0
        return (-(-len(self.entries) // self.columns(width)) + bool(self.heading)) * ROW + 0.06

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw the key. top: its upper side, in inches from the corner of the body."""
        if not self.entries:
            return
        left = EDGE - sheet.corner[0]
        if self.heading:
            sheet.write(left, top - ROW / 2, self.heading, va="center", color=GREY, part="key")
            top -= ROW
        columns = self.columns(sheet.width)
        for i, (handle, text) in enumerate(self.entries):
            x, y = left + i % columns * self._step, top - (i // columns + 0.5) * ROW
            handle.set_data([x, x + HANDLE / 2, x + HANDLE], [y, y, y])
            handle.set_markevery([1])
            sheet.add(handle)
            sheet.write(x + HANDLE + BESIDE_HANDLE, y, text, va="center", part="key")


Box = tuple[float, float, float, float]
"""Left, bottom, width and height of a panel, in inches from the lower left corner of the body."""


@dataclass(frozen=True)
class Sheet:
    """A figure with its panels.

    Attributes:
        figure: The figure.
        axes: The panels, in the order of their boxes.
        corner: The lower left corner of the body, in inches from that of the figure.
        letters: The texts, those of the panels' ticks aside.
    """

    figure: Drawing
    axes: list[Axes]
    corner: tuple[float, float]
    letters: Letters = field(default_factory=Letters)

    @property
    def width(self) -> float:
        """Width of the figure in inches."""
        return float(self.figure.get_figwidth())

    @property
    def inches(self) -> Transform:
        """The transformation from inches from the corner of the body to pixels."""
        return Affine2D().translate(*self.corner) + self.figure.dpi_scale_trans

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """Return a place, in inches from the corner of the body, as fractions of the figure's width and height."""
        width, height = self.figure.get_size_inches()
        return (self.corner[0] + left) / width, (self.corner[1] + bottom) / height

    def write(
        self,
        left: float,
        bottom: float,
        text: str,
        *,
        fontsize: float = SMALL,
        color: str = "black",
        ha: Side = "left",
        va: Level = "baseline",
        rotation: int = 0,
        weight: Weight = "normal",
        part: str = "",
    ) -> None:
        """Write a text at a place in inches from the corner of the body.

        Args:
            left: The horizontal place.
            bottom: The vertical place.
            text: One line or several.
            fontsize: In points.
            color: The colour of the letters.
            ha: The part of the text that is at `left`.
            va: The part of the text that is at `bottom`; "center" is the middle as if all letters were digits.
            rotation: 90 for a text that is read from below; `ha` and `va` are of the text as it stands.
            weight: The weight of the letters.
            part: "title", "key" or "note"; "" for any other text.
        """
        place = self.corner[0] + left, self.corner[1] + bottom
        if text:
            self.letters.labels.append(Label(text, *place, fontsize, color, ha, va, rotation == 90, weight, part))

    def add(self, artist: Artist) -> None:
        """Draw an artist on the sheet itself, its coordinates in inches from the corner of the body."""
        artist.set_transform(self.inches)
        self.figure.add_artist(artist)

    def line(self, points: Floats, **style: object) -> Line2D:
        """Draw a line on the sheet itself. points: in inches from the corner of the body, shape (n, 2)."""
        drawn = Line2D(*np.asarray(points).T, **style)  # type: ignore[arg-type]
        self.add(drawn)
        return drawn

    def picture(self, box: Box, levels: NDArray[np.floating]) -> None:
        """Draw an image on the sheet itself. Its pixels stay sharp.

        Args:
            box: The place, given like that of a panel.
            levels: Levels in [0, 1]: greys of shape (h, w), or colours of shape (h, w, 3).
        """
        left, bottom = (edge + corner for edge, corner in zip(box[:2], self.corner, strict=True))
        place = TransformedBbox(Bbox.from_bounds(left, bottom, *box[2:]), self.figure.dpi_scale_trans)
        colours = levels if levels.ndim == 3 else np.repeat(np.nan_to_num(levels, nan=1.0)[..., None], 3, axis=2)
        image = BboxImage(place, interpolation="nearest")
        image.set_data(np.rint(255 * colours).astype(np.uint8))  # bytes need no colour map
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
        right = box[0] + box[2] + 0.16 + width_of(scale.labels)
        self.write(right, box[1] + box[3] / 2, wrapped(label, box[3]), rotation=90, va="center")

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
    heading = wrapped(title, width - 2 * EDGE, TITLE, weight="bold")
    below = [line for note in notes for line in wrapped(note, width - 2 * EDGE).split("\n")]
    tall = (heading.count("\n") + 1) * TITLE * LINE if heading else 0.0
    head = EDGE + tall + EDGE / 2 + key.height(width)
    foot = len(below) * SMALL * LINE + EDGE * bool(below)
    height = head + body[1] + foot
    figure = Drawing(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    sheet = Sheet(figure, [], ((width - body[0]) / 2, foot))
    figure.add_artist(sheet.letters)
    left, top = EDGE - sheet.corner[0], body[1] + head - EDGE
    sheet.write(left, top, heading, va="top", fontsize=TITLE, weight="bold", part="title")
    key.draw(sheet, top - tall - EDGE / 2)
    sheet.write(left, EDGE - foot, "\n".join(below), va="bottom", color=GREY, part="note")
    for box in boxes:
        ax = figure.add_axes((*sheet.place(*box[:2]), *sheet._size(box)))
        ax.spines[["top", "right"]].set_visible(False)
        sheet.axes.append(ax)
    return sheet

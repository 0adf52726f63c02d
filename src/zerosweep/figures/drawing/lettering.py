"""Texts as outlines of their letters: measured exactly, and drawn many times as fast as Matplotlib's own texts.

Matplotlib takes about a millisecond to lay out and draw a text. Here the outline of each letter is made once in a
process, and all texts of one colour are drawn as one path. Other formats than pixels, such as SVG, get true texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.path import Path
from matplotlib.text import Text

from zerosweep.figures.drawing.numbers import Floats

SMALL = 8
"""Font size of most of the text, in points: the smallest that can be read easily."""

LINE = 1.35 / 72
"""Distance from line to line in inches for every point of the font size."""

ASCENT, DIGIT, DESCENT = 0.76, 0.73, 0.24
"""Height of tall letters and of digits above the baseline, and depth of letters below it, in font sizes."""

Side = Literal["left", "center", "right"]
Level = Literal["top", "center", "center_baseline", "baseline", "bottom"]
Weight = Literal["normal", "bold"]

UNIT = 100
"""Font size at which outlines are made, in points."""


@lru_cache(maxsize=4096)
def glyph(character: str, weight: Weight = "normal") -> tuple[Floats, np.ndarray, float]:
    """Return vertices (n, 2) and codes (n,) of a letter's outline, and its advance, all in font sizes."""
    font = get_font(findfont(FontProperties(weight=weight)))
    font.set_size(UNIT, 72)
    loaded = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return np.reshape(vertices, (-1, 2)) / UNIT, np.asarray(codes, np.uint8), loaded.linearHoriAdvance / 65536 / UNIT


@lru_cache(maxsize=4096)
def length(text: str, weight: Weight = "normal") -> float:
    """Return the width of one line of text, in font sizes."""
    return sum(glyph(character, weight)[2] for character in text)


@lru_cache(maxsize=4096)
def outline(text: str, weight: Weight = "normal") -> tuple[Floats, np.ndarray]:
    """Return vertices (n, 2), in font sizes from the start of the baseline, and codes (n,) of one line of text."""
    vertices, codes, pen = [np.empty((0, 2))], [np.empty(0, np.uint8)], 0.0
    for character in text:
        shape, kinds, advance = glyph(character, weight)
        vertices.append(shape + np.array([pen, 0.0]))
        codes.append(kinds)
        pen += advance
    return np.concatenate(vertices), np.concatenate(codes)


def width_of(texts: Sequence[str], size: float = SMALL, weight: Weight = "normal") -> float:
    """Return the width of the longest line of these texts, in inches."""
    return max((length(line, weight) for text in texts for line in text.split("\n")), default=0.0) * size / 72


def height_of(texts: Sequence[str], size: float = SMALL) -> float:
    """Return the height of the text with the most lines, in inches; 0 where all are empty."""
    return max((text.count("\n") + 1 for text in texts if text), default=0) * size * LINE


def wrapped(text: str, width: float, size: float = SMALL, most: int = 3, weight: Weight = "normal") -> str:
    """Return the text in at most `most` lines of `width` inches. A text that does not fit ends in an ellipsis.

    A word longer than a line is broken: after its "=", or else where the line ends.
    """
    room = width * 72 / size
    lines = [""]
    for word in (part for whole in text.split() for part in _fitting(whole, room, weight)):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and length(longer, weight) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    if len(lines) > most:
        last = lines[most - 1]
        while last and length(f"{last} …", weight) > room:
            last = last[:-1].rstrip()
        lines[most - 1 :] = [f"{last} …" if last else "…"]
    return "\n".join(lines)


def _fitting(word: str, room: float, weight: Weight) -> list[str]:
    """Return the word in pieces that are no longer than `room` font sizes, unless a single letter is."""
    if length(word, weight) <= room:
        return [word]
    head, equals, tail = word.partition("=")
    if equals and tail and length(head + equals, weight) <= room:
        return [head + equals, *_fitting(tail, room, weight)]
    n = max(1, next(n for n in range(1, len(word) + 1) if length(word[:n], weight) > room) - 1)
    return [word[:n], *(_fitting(word[n:], room, weight) if word[n:] else [])]


@dataclass(frozen=True)
class Label:
    """A text on a figure.

    Attributes:
        text: Its lines.
        left: Horizontal place in inches from the left side of the figure.
        bottom: Vertical place in inches from the lower side of the figure.
        size: Font size in points.
        colour: Colour of the letters.
        ha: The part of the text that is at `left`.
        va: The part of the text that is at `bottom`.
        upright: Whether the text is read from below; `ha` and `va` are of the text as it stands.
        weight: Weight of the letters.
        part: "title", "key" or "note"; "" for any other text.
    """

    text: str
    left: float
    bottom: float
    size: float = SMALL
    colour: str = "black"
    ha: Side = "left"
    va: Level = "baseline"
    upright: bool = False
    weight: Weight = "normal"
    part: str = ""

    @property
    def lines(self) -> list[tuple[str, float, float]]:
        """Each line with the start of its baseline, in font sizes from the place, as if the text were not upright."""
        along, across = _turned(self.ha, self.va) if self.upright else (self.ha, self.va)
        lines = self.text.split("\n")
        first = (len(lines) - 1) * LINE * 72
        shift = {"top": first + ASCENT, "bottom": -DESCENT, "baseline": 0.0}.get(across, (first + DIGIT) / 2)
        start = {"left": 0.0, "center": 0.5, "right": 1.0}[along]
        return [
            (line, -start * length(line, self.weight), first - i * LINE * 72 - shift) for i, line in enumerate(lines)
        ]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, lower, right and upper side of the text, in inches from the lower left corner of the figure."""
        placed = self.lines
        low = min(x for _, x, _ in placed), placed[-1][2] - DESCENT
        high = max(x + length(line, self.weight) for line, x, _ in placed), placed[0][2] + ASCENT
        sides = (-high[1], low[0], -low[1], high[0]) if self.upright else (*low, *high)
        left, lower, right, upper = (side * self.size / 72 for side in sides)
        return self.left + left, self.bottom + lower, self.left + right, self.bottom + upper

    def placed(self, along: float, across: float) -> tuple[float, float]:
        """Return a place, in font sizes along and across the baseline, in inches from the corner of the figure."""
        x, y = (-across, along) if self.upright else (along, across)
        return self.left + x * self.size / 72, self.bottom + y * self.size / 72

    def path(self) -> tuple[Floats, np.ndarray]:
        """Return vertices (n, 2) in inches from the corner of the figure, and codes (n,), of all letters."""
        vertices, codes = [], []
        for line, along, across in self.lines:
            shape, kinds = outline(line, self.weight)
            shape = (shape + np.array([along, across])) * (self.size / 72)
            vertices.append(np.stack([-shape[:, 1], shape[:, 0]], axis=1) if self.upright else shape)
            codes.append(kinds)
        return np.concatenate(vertices) + np.array([self.left, self.bottom]), np.concatenate(codes)


def _turned(ha: Side, va: Level) -> tuple[Side, Level]:
    """Return the alignment along and across the baseline of an upright text that is aligned like this as it stands."""
    along: dict[Level, Side] = {"bottom": "left", "baseline": "left", "top": "right"}
    across: dict[Side, Level] = {"left": "top", "center": "center", "right": "bottom"}
    return along.get(va, "center"), across[ha]


class Letters(Artist):
    """The texts of a figure, as one artist.

    Attributes:
        labels: The texts.
    """

    def __init__(self) -> None:
        """Begin without texts."""
        super().__init__()
        self.labels: list[Label] = []
        self.set_zorder(6)  # above panels and their contents

    @allow_rasterization  # type: ignore[untyped-decorator]
    def draw(self, renderer: Any) -> None:
        """Draw all texts."""
        if not self.get_visible() or not self.labels:
            return
        inches = self.get_figure(root=True).dpi_scale_trans  # type: ignore[union-attr]
        for colour in dict.fromkeys(label.colour for label in self.labels):
            alike = [label for label in self.labels if label.colour == colour]
            gc = renderer.new_gc()
            gc.set_linewidth(0)
            gc.set_snap(False)
            gc.set_foreground(colour)
            if isinstance(renderer, RendererAgg):
                parts = [label.path() for label in alike]
                path = Path(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
                renderer.draw_path(gc, path, inches, to_rgb(colour))  # type: ignore[no-untyped-call]
            else:
                self._write(renderer, gc, alike, inches)
            gc.restore()

    def _write(self, renderer: Any, gc: Any, labels: Sequence[Label], inches: Any) -> None:
        """Draw texts as texts."""
        _, height = renderer.get_canvas_width_height()
        for label in labels:
            font, angle = FontProperties(size=label.size, weight=label.weight), 90 if label.upright else 0
            along = _turned(label.ha, label.va)[0] if label.upright else label.ha
            for line, _, across in label.lines:
                x, y = inches.transform(label.placed(0.0, across))
                anchored = Text(x, y, line, ha=along, rotation=angle, rotation_mode="anchor")  # in any font of a page
                y = height - y if renderer.flipy() else y
                renderer.draw_text(gc, x, y, line, font, angle, mtext=anchored)

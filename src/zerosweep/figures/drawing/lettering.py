"""Many short texts as outlines of their letters, in one collection for each colour.

Matplotlib takes about a millisecond for each text that it draws. The numbers of a table are drawn many times as
fast this way, because the outlines of a text are made once in a process.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Literal

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.sheet import SMALL, Sheet

HIGH = 0.36
"""Half the height of a digit, as a fraction of the font size: texts are centred as if all their letters were digits."""


@lru_cache(maxsize=4096)
def outlines(text: str) -> tuple[Floats, np.ndarray, float]:
    """Return vertices (n, 2) in font sizes from the start of the baseline, codes (n,), and the width of a text."""
    path = TextPath((0, 0), text, size=100, prop=FontProperties())
    vertices = np.asarray(path.vertices, np.float64) / 100
    return vertices, np.asarray(path.codes), float(vertices[:, 0].max(initial=0))


class Lettering:
    """Texts to be drawn on a sheet together. Each is one line, centred vertically at its place."""

    def __init__(self, sheet: Sheet):
        """Begin without texts."""
        self.sheet = sheet
        self._paths: dict[str, list[Path]] = defaultdict(list)

    def write(
        self,
        left: float,
        middle: float,
        text: str,
        *,
        size: float = SMALL,
        colour: str = "black",
        align: Literal["left", "center", "right"] = "left",
        upright: bool = False,
    ) -> None:
        """Add a text.

        Args:
            left: Where it begins, has its middle or ends, as `align` says, in inches from the corner of the body.
            middle: Its middle, in inches above the corner of the body. Of an `upright` text both are of the text as it
                lies before it is turned about that place.
            text: The text.
            size: The font size in points.
            colour: The colour of the letters.
            align: The part of the text that is at `left`.
            upright: Whether the text is read from below.
        """
        vertices, codes, width = outlines(text)
        shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align] * width
        placed = (vertices - (shift, HIGH)) * (size / 72)
        if upright:
            placed = np.stack([-placed[:, 1], placed[:, 0]], axis=1)
        self._paths[colour].append(Path(placed + np.array([left, middle]), codes))

    def draw(self) -> None:
        """Draw all texts on the sheet."""
        for colour, paths in self._paths.items():
            self.sheet.add(PathCollection([Path.make_compound_path(*paths)], facecolor=colour, linewidth=0))

"""How every figure looks, and how one becomes a PNG."""

from __future__ import annotations

import io
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from PIL import Image

COLOURS = {"train": "#4477aa", "val": "#ee6677", "test": "#228833"}
"""Of the three sets of examples: Paul Tol's "bright" scheme, which colour-blind readers can tell apart."""

NAMES = {"train": "training", "val": "validation", "test": "test"}

DPI = 100

WHITE = 250
"""Of 255: what has as much of each colour is white in a palette."""

LEFT, RIGHT, BOTTOM, TOP, TITLE = 0.65, 0.15, 0.5, 0.4, 0.22
"""Margins around each panel, in inches, and the height of a line of the figure's title."""


XLABEL, YLABEL = 0.29, 0.42
"""Inches from a panel to the near side of the label of each of its axes."""


def panels(rows: int, columns: int, title: str, width: float = 4.2, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """A figure of rows × columns panels, each width × height inches with its margins, in reading order.

    It is no pyplot figure: nothing global is touched, and it is freed with its last reference. The margins are fixed:
    to have Matplotlib find them takes longer than all the drawing.
    """
    lines = textwrap.wrap(title, int(13 * columns * width), max_lines=3)
    size = columns * width, rows * height + TITLE * len(lines)
    figure = Figure(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)
    figure.text(0.5, 1 - 0.06 / size[1], "\n".join(lines), ha="center", va="top", fontsize=10, parse_math=False)
    axes = []
    for row in range(rows):
        for column in range(columns):
            left, bottom = column * width + LEFT, (rows - 1 - row) * height + BOTTOM
            box = left / size[0], bottom / size[1], (width - LEFT - RIGHT) / size[0], (height - BOTTOM - TOP) / size[1]
            ax = figure.add_axes(box)
            ax.spines[["top", "right"]].set_visible(False)
            ax.grid(True, color="#dddddd", linewidth=0.6)
            ax.set_axisbelow(True)
            ax.locator_params(nbins=4)  # ticks are what is slow to draw
            # places that need not be searched among the labels of the ticks
            ax.xaxis.set_label_coords(0.5, -XLABEL / (height - BOTTOM - TOP))
            ax.yaxis.set_label_coords(-YLABEL / (width - LEFT - RIGHT), 0.5)
            axes.append(ax)
    return figure, axes


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG. With a palette of 256 colours it is a third as large, and quicker to compress, and nobody sees the
    difference, unless a colour map would show steps: such a figure keeps all colours."""
    canvas, buffer = FigureCanvasAgg(figure), io.BytesIO()
    with np.errstate(all="ignore"):  # an axis that ends near the largest number
        canvas.draw()  # type: ignore[no-untyped-call]
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
    shaded = _is_shaded(figure)
    (image if shaded else _with_palette(image)).save(buffer, "png", compress_level=1 if shaded else 4)
    return buffer.getvalue()


def _is_shaded(figure: Figure) -> bool:
    return any(
        isinstance(artist, ScalarMappable) and artist.get_array() is not None
        for ax in figure.axes
        for artist in (*ax.images, *ax.collections)
    )


def _with_palette(image: Image.Image) -> Image.Image:
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    palette[palette.min(axis=1) >= WHITE] = 255  # paper is white, not the mean of nearly white
    few.putpalette(palette.tobytes())
    return few

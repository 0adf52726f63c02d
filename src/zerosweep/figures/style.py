"""How every figure looks, and how one becomes a PNG."""

from __future__ import annotations

import gc
import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

COLOURS = {"train": "#4477aa", "val": "#ee6677", "test": "#228833"}
"""Of the three sets of examples: Paul Tol's "bright" scheme, which colour-blind readers can tell apart."""

NAMES = {"train": "training", "val": "validation", "test": "test"}

DPI = 100

MOST_BYTES = 150_000
"""A larger PNG gets a palette: thousands of thin lines are thousands of shades, which compress badly."""

LEFT, RIGHT, BOTTOM, TOP, TITLE = 0.65, 0.15, 0.5, 0.4, 0.22
"""Margins around each panel, in inches, and the height of a line of the figure's title."""


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
            axes.append(ax)
    return figure, axes


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without garbage collection meanwhile. A figure is thousands of small objects, which set off one collection after
    another, and each walks through all that MLflow and Matplotlib have in memory: half of the time that drawing takes."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG, lightly compressed: compression is much of the time that drawing takes. Where that is much, in 256
    colours."""
    buffer = io.BytesIO()
    with np.errstate(all="ignore"):  # an axis that ends near the largest number
        figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
    return buffer.getvalue() if buffer.tell() <= MOST_BYTES else _with_palette(buffer)


def _with_palette(png: io.BytesIO) -> bytes:
    smaller = io.BytesIO()
    with Image.open(png) as image:
        colours = image.convert("RGB").quantize(method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        colours.save(smaller, "png")
    return smaller.getvalue()

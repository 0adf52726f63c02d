"""Panels with fixed margins for the figures of a run, and the conversion of any figure to PNG."""

from __future__ import annotations

import io
import textwrap
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

DPI = 100
"""Pixels for an inch."""

SIMILAR = (5, 4)
"""Bits of red, green and blue that similar colours have in common: the fewer, the fewer different colours."""

LEFT, RIGHT, BOTTOM, TOP, TITLE = 0.65, 0.15, 0.5, 0.4, 0.22
"""Margins around each panel, in inches, and the height of a line of the figure's title."""

XLABEL, YLABEL = 0.29, 0.42
"""Inches from a panel to the near side of the label of each of its axes."""


class Drawing(Figure):
    """A figure that a notebook shows, although it does not belong to pyplot.

    Attributes:
        frames: Its panels that are no axes of Matplotlib's, see `frame.Frame`.
    """

    def __init__(self, *args: Any, **how: Any):
        """Make an empty figure; the arguments are those of Matplotlib's."""
        super().__init__(*args, **how)
        self.frames: list[Any] = []

    def _repr_png_(self) -> bytes:
        return to_png(self)


def panels(rows: int, columns: int, title: str, width: float = 4.2, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """Return a figure of rows × columns panels, and the panels in reading order.

    The figure does not belong to pyplot: no global state is touched, and it is freed with its last reference. Its
    margins are fixed, because Matplotlib's own layout takes longer than all the drawing.

    Args:
        rows: The number of rows.
        columns: The number of columns.
        title: Wrapped to at most three lines.
        width: Width of a panel with its margins, in inches.
        height: Height of a panel with its margins, in inches.
    """
    lines = textwrap.wrap(title, int(13 * columns * width), max_lines=3)
    size = columns * width, rows * height + TITLE * len(lines)
    figure = Drawing(figsize=size, dpi=DPI)
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
            ax.locator_params(nbins=4)  # ticks are slow to draw
            # fixed places: Matplotlib would search for them among the labels of the ticks
            ax.xaxis.set_label_coords(0.5, -XLABEL / (height - BOTTOM - TOP))
            ax.yaxis.set_label_coords(-YLABEL / (width - LEFT - RIGHT), 0.5)
            axes.append(ax)
    return figure, axes


def to_png(figure: Figure) -> bytes:
    """Return the figure as a PNG.

    A palette of 256 colours makes it a third as large, and faster to compress, without a visible difference. A figure
    with a colour map has all colours, as a palette would show steps.
    """
    canvas, buffer = FigureCanvasAgg(figure), io.BytesIO()
    with np.errstate(all="ignore"):  # an axis may end near the largest number
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    if _is_shaded(figure):
        Image.fromarray(pixels).convert("RGB").save(buffer, "png", compress_level=1)
    else:
        indexed = _with_palette(pixels) or _quantized(pixels)
        indexed.save(buffer, "png", compress_level=2)
    return buffer.getvalue()


def _quantized(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return the image with the palette that fits its many colours best, as where hundreds of lines cross."""
    return Image.fromarray(pixels).convert("RGB").quantize(256, dither=Image.Dither.NONE)


def _is_shaded(figure: Figure) -> bool:
    """Return whether any panel has a colour map."""
    return any(
        isinstance(artist, ScalarMappable) and artist.get_array() is not None and not _is_lines(artist)
        for ax in figure.axes
        for artist in (*ax.images, *ax.collections)
    )


def _is_lines(artist: Artist) -> bool:
    """Return whether an artist is lines of equal height, which have one colour."""
    return isinstance(artist, ContourSet) and not artist.filled


def _with_palette(pixels: NDArray[np.uint8]) -> Image.Image | None:
    """Return the image with a palette of at most 256 colours, white and the means of similar ones.

    Args:
        pixels: Red, green, blue and alpha, shape (H, W, 4), mostly white.

    Returns:
        The image; None if it has too many different colours.
    """
    height, width, _ = pixels.shape
    packed = pixels.view("<u4").ravel()
    inked = np.flatnonzero(packed != 0xFFFFFFFF)
    channels = [packed[inked] >> shift & 255 for shift in (0, 8, 16)]
    for bits in SIMILAR:
        red, green, blue = (channel >> (8 - bits) for channel in channels)
        group = (red << 2 * bits | green << bits | blue).astype(np.intp)
        counts = np.bincount(group, minlength=1 << 3 * bits)
        used = np.flatnonzero(counts)
        if len(used) < 256:
            break
    else:
        return None
    sums = [np.bincount(group, channel, len(counts))[used] for channel in channels]
    palette = np.rint(np.stack(sums, axis=1) / counts[used, None]).astype(np.uint8)
    index = np.zeros(len(counts), np.uint8)
    index[used] = np.arange(1, len(used) + 1)
    image = np.zeros(height * width, np.uint8)
    image[inked] = index[group]
    indexed = Image.fromarray(image.reshape(height, width), "P")
    indexed.putpalette(bytes([255, 255, 255]) + palette.tobytes())
    return indexed

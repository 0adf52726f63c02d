"""How every figure looks, and how one becomes a PNG."""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = {"train": "#4477aa", "val": "#ee6677", "test": "#228833"}
"""Of the three sets of examples: Paul Tol's "bright" scheme, which colour-blind readers can tell apart."""

NAMES = {"train": "training", "val": "validation", "test": "test"}

DPI = 100


def panels(rows: int, columns: int, width: float = 4.2, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """A figure of rows × columns panels of this size in inches, in reading order. It is no pyplot figure: nothing global
    is touched, and it is freed with its last reference."""
    figure = Figure(figsize=(columns * width, rows * height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(rows, columns, number) for number in range(1, rows * columns + 1)]
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(True, color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
    return figure, axes


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG. Lightly compressed: that is most of the time that drawing takes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
    return buffer.getvalue()

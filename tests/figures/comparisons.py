"""Made-up sweeps, and what can be read in a figure of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.sweep.registry import comparison_figures

RISING = [0.1, 0.5, 0.7, 0.8]


def run(
    levels: Mapping[str, str] | None = None, values: Sequence[float] = RISING, verdict: str = "learned", seed: str = ""
) -> ComparedRun:
    """Return a run whose curve has a value every ten steps from step 0 on; the last is its final value."""
    steps = range(0, 10 * len(values), 10)
    return ComparedRun(levels or {}, seed, verdict, values[-1] if len(values) else None, steps, values)


def failed(levels: Mapping[str, str] | None = None, verdict: str = "") -> ComparedRun:
    """Return a run without a number."""
    return run(levels, [], verdict)


def product(**levels: Sequence[str]) -> list[dict[str, str]]:
    """Return every combination of levels; `init__scale` is init.scale."""
    names = [name.replace("__", ".") for name in levels]
    return [dict(zip(names, combination, strict=True)) for combination in itertools.product(*levels.values())]


def figures(
    runs: Sequence[ComparedRun], factors: Sequence[str], y: str = "val/accuracy", **choice
) -> dict[str, Figure]:
    """Return the figures of a comparison by name, in order."""
    return dict(comparison_figures(runs, factors, y, "a sweep", **choice))


def panels(figure: Figure) -> list[Axes]:
    """Return the panels, without the colour bar."""
    return [ax for ax in figure.axes if ax.get_label() != "colour bar"]


def written_in(figure: Figure) -> list[str]:
    """Return all visible texts."""
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def key(figure: Figure) -> list[str]:
    """Return the entries of the legend."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def collisions(figure: Figure) -> list[str]:
    """Return the texts that overlap one another, or leave the page."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    width, height = figure.get_size_inches() * figure.dpi
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    names, boxes = [text.get_text() for text in texts], [text.get_window_extent(renderer).extents for text in texts]
    x0, y0, x1, y1 = np.array(boxes).T
    outside = (x0 < -1) | (y0 < -1) | (x1 > width + 1) | (y1 > height + 1)
    across = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0)
    along = np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0)
    pairs = np.argwhere(np.triu((across > 1) & (along > 2), k=1))
    return [*(names[i] for i in np.flatnonzero(outside)), *(f"{names[i]} | {names[j]}" for i, j in pairs)]

"""Made-up sweeps, and what can be read in a figure of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.lettering import Label, Letters
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


def labels(figure: Figure) -> list[Label]:
    """Return the texts that the sheet itself has."""
    return [label for letters in figure.findobj(Letters) for label in letters.labels]


def axes_texts(figure: Figure) -> list[Text]:
    """Return the visible texts of the panels."""
    figure.canvas.draw()
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def written_in(figure: Figure) -> list[str]:
    """Return all visible texts."""
    return [*(label.text for label in labels(figure)), *(text.get_text() for text in axes_texts(figure))]


def key(figure: Figure) -> list[str]:
    """Return the texts of the key."""
    return [label.text for label in labels(figure) if label.part == "key"]


def boxes(figure: Figure) -> tuple[list[str], np.ndarray]:
    """Return all visible texts, n of them, with their sides in pixels: left, lower, right, upper, shape (n, 4)."""
    texts = axes_texts(figure)
    renderer = figure.canvas.get_renderer()
    names, sides = [text.get_text() for text in texts], [text.get_window_extent(renderer).extents for text in texts]
    names += [label.text for label in labels(figure)]
    sides += [np.array(label.extent) * figure.dpi for label in labels(figure)]
    return names, np.array(sides).reshape(-1, 4)


def collisions(figure: Figure) -> list[str]:
    """Return the texts that overlap one another, or leave the page."""
    names, sides = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    x0, y0, x1, y1 = sides.T
    outside = (x0 < -1) | (y0 < -1) | (x1 > width + 1) | (y1 > height + 1)
    across = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0)
    along = np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0)
    pairs = np.argwhere(np.triu((across > 1) & (along > 2), k=1))
    return [*(names[i] for i in np.flatnonzero(outside)), *(f"{names[i]} | {names[j]}" for i, j in pairs)]

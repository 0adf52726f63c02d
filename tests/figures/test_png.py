"""The colours of a figure and those of its PNG."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from zerosweep.figures.drawing.palette import COLOURS
from zerosweep.figures.drawing.style import panels, to_png


def pixels(png: bytes) -> np.ndarray:
    """Return the pixels of the PNG, (height, width, 3), of 255."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def nearest(found: np.ndarray, colour: str) -> int:
    """Return the distance of a colour from the most similar pixel, of 255."""
    return int(np.abs(found - np.round(255 * np.array(to_rgb(colour)))).max(axis=2).min())


@pytest.mark.parametrize("thin", [False, True])
def test_every_colour_of_lines_and_marks_is_kept(thin):
    """Even a single small mark beside much else has its colour."""
    figure, (ax,) = panels(1, 1, "many colours")
    rng = np.random.default_rng(0)
    for i, colour in enumerate(COLOURS):
        ax.plot([1, 2], [i, i], color=colour, linewidth=2)
    if thin:
        for _ in range(40):
            ax.plot(rng.random(20), 6 * rng.random(20), color="black", linewidth=0.5, alpha=0.3)
        ax.plot([1.5], [-1], "x", color="#cc3311", markersize=5, markeredgewidth=1.4)
    found = pixels(to_png(figure))

    assert max(nearest(found, colour) for colour in COLOURS) <= 8
    if thin:
        assert nearest(found, "#cc3311") <= 24  # no pixel is all covered


def test_paper_is_white_and_the_palette_small():
    figure, (ax,) = panels(1, 1, "a line")
    ax.plot([0, 1], [0, 1], color=COLOURS[0])
    png = to_png(figure)

    assert (pixels(png)[:3] == 255).all()
    assert Image.open(io.BytesIO(png)).mode == "P"
    figure.savefig(whole := io.BytesIO(), format="png")
    assert len(png) < 0.7 * len(whole.getvalue())


def test_a_colour_map_keeps_all_its_shades():
    figure, (ax,) = panels(1, 1, "shades")
    ax.imshow(np.linspace(0, 1, 500)[None], aspect="auto", cmap="viridis")
    found = pixels(to_png(figure)).reshape(-1, 3)

    assert len(np.unique(found, axis=0)) > 250

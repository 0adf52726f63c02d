"""Figures as PNG: large ones get a palette."""

import io

import numpy as np
from matplotlib.image import imread

from zerosweep.figures import style
from zerosweep.figures.style import panels, to_png


def test_a_palette_makes_a_large_png_small_and_hardly_another(monkeypatch):
    figure, (ax,) = panels(1, 1, "noise")
    for line in np.random.default_rng(0).standard_normal((20, 300)):
        ax.plot(line, linewidth=0.8)
    plain = to_png(figure)
    monkeypatch.setattr(style, "MOST_BYTES", len(plain) - 1)
    small = to_png(figure)

    assert len(small) < 0.6 * len(plain)
    before, after = (imread(io.BytesIO(png), format="png")[..., :3] for png in (plain, small))
    assert np.abs(after - before).mean() < 0.01
    white = (before == 1).all(axis=2)
    assert white.any()
    assert (after[white] == 1).all()

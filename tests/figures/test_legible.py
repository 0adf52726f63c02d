"""Every figure can be read where it is shown, and no text is on another, on data, or cut off."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.figures import gallery
from tests.figures.comparisons import axes_texts, boxes, collisions, labels, panels

from zerosweep.figures.drawing.sheet import WIDEST
from zerosweep.figures.drawing.style import DPI

SHOWN = 838
"""Pixels of a browser to which a page of GitHub reduces wider pictures. There are 96 of them in an inch."""

SMALLEST = 8.0
"""The smallest font size at which text may be shown, in points."""


def shown_sizes(figure: Figure) -> dict[str, float]:
    """Return the font size of each text in points, as it is shown on a page."""
    scale = min(1.0, SHOWN / (figure.get_figwidth() * figure.dpi)) * figure.dpi / 96
    sizes = {text.get_text(): text.get_fontsize() for text in axes_texts(figure)}
    return {text: size * scale for text, size in {**sizes, **{each.text: each.size for each in labels(figure)}}.items()}


def panel_boxes(figure: Figure) -> np.ndarray:
    """Return left, lower, right and upper side of each panel in pixels, shape (n, 4)."""
    axes = [ax.get_window_extent().extents for ax in panels(figure)]
    frames = []
    for frame in figure.frames:
        left, bottom = np.array(frame.box[:2]) + frame.sheet.corner
        frames.append(figure.dpi * np.array([left, bottom, left + frame.box[2], bottom + frame.box[3]]))
    return np.array([*axes, *frames]).reshape(-1, 4)


@pytest.mark.slow
@pytest.mark.parametrize("group", ["figures_of_runs", "figures_of_sweeps", "figures_of_searches"])
def test_every_figure_is_legible(group):
    found = 0
    for name, figure in getattr(gallery, group)():
        found += 1
        assert collisions(figure) == [], name
        assert {text: size for text, size in shown_sizes(figure).items() if size < SMALLEST} == {}, name
        assert figure.get_figwidth() <= WIDEST + 1e-6, name
        for label in labels(figure):
            x0, y0, x1, y1 = figure.dpi * np.array(label.extent)
            for left, lower, right, upper in panel_boxes(figure) if label.part else ():
                beside = x1 <= left or x0 >= right or y1 <= lower or y0 >= upper
                assert beside, f"{name}: {label.text} covers a panel"
    assert found >= 12


def test_the_widest_figure_is_shown_with_the_smallest_text():
    assert 8 * min(1.0, SHOWN / (WIDEST * DPI)) * DPI / 96 >= SMALLEST


@pytest.mark.slow
def test_settings_and_metrics_are_in_words():
    """No override, no name of a metric and no dotted setting stands in a figure."""
    for name, figure in [*gallery.figures_of_sweeps(), *gallery.figures_of_searches()]:
        texts = [text for text in boxes(figure)[0] if not text[:1].isdigit()]  # the best trials have run names
        raw = [text for text in texts if any(part in text for part in ("val/", "train/", "init.", "optimizer.", "="))]
        assert raw == [], name

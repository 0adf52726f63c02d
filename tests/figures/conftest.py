"""Fixtures that read a figure: its image, its panels and its texts."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from tests.figures.comparisons import written_in

from zerosweep.figures.drawing.style import to_png
from zerosweep.training.records import Diverged, Evaluation, History, Step


def panels_of(figure: Figure) -> list[Axes]:
    """Return the visible panels."""
    return [ax for ax in figure.axes if ax.axison]


def texts_of(figure: Figure) -> str:
    """Return the texts of a figure and the titles of its panels."""
    return "\n".join([*written_in(figure), *(text.get_text() for text in figure.texts)])


@pytest.fixture
def image() -> Callable[[Figure], np.ndarray]:
    """Return the pixels of a figure's PNG, (height, width, 4) in [0, 1], of a plausible size and not blank."""

    def decode(figure: Figure) -> np.ndarray:
        png = to_png(figure)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")) / 255
        height, width = pixels.shape[:2]
        assert 90 <= height <= 2500
        assert 200 <= width <= 2500
        assert len(png) < 1_000_000
        assert (pixels[..., :3].min(axis=2) < 0.5).any()  # something dark is drawn
        assert (pixels[..., :3] == 1).all(axis=2).mean() > 0.2  # on white
        return pixels

    return decode


@pytest.fixture
def history() -> Callable[..., History]:
    """Make a history with a falling loss and a rising accuracy: history(steps=20, splits=("train",), every=5)."""

    def make(
        steps: int = 20,
        splits: tuple[str, ...] = ("train", "val", "test"),
        every: int = 5,
        diverged: bool = False,
    ) -> History:
        made = History(10)
        for step in range(steps + 1):
            if step:
                made.add(Step(step, 2.3 / (1 + step / 10)))
            if step % every == 0:
                metrics = {f"{split}/accuracy": 1 - 0.9 / (1 + step / 10) for split in splits}
                if "val" in splits:
                    metrics["val/loss"] = 2.4 / (1 + step / 10)
                made.add(Evaluation(step, metrics))
        if diverged:
            made.add(Diverged(steps + 1, "loss"))
        return made

    return make

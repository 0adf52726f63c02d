"""Colours that are used together stay apart with any colour vision.

The simulation of protanopia, deuteranopia and tritanopia is that of Machado, Oliveira and Fernandes (2009), severity 1.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from tests.figures.comparisons import figures, product, run

from zerosweep.figures.drawing.palette import (
    COLOURS,
    MARKS,
    OF_OPTIMIZER,
    OF_SET,
    OF_VERDICT,
    line_styles,
)
from zerosweep.figures.run.activation_histograms import AFTER, BEFORE
from zerosweep.figures.run.predictions import RIGHT, WRONG

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What a viewer sees of linear red, green and blue."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, vision: str) -> np.ndarray:
    """Return a colour in CIELAB as a viewer sees it, shape (3,)."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    ratios = TO_XYZ @ np.clip(np.asarray(VISIONS[vision]) @ linear, 0, 1) / WHITE
    f = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_simulation_by_hand():
    """White has no colour for anybody; red and green of equal luminance are alike for deuteranopes alone."""
    for vision in VISIONS:
        assert lab("#ffffff", vision) == pytest.approx([100, 0, 0], abs=0.1)
    red, green = "#c05000", "#6e7a00"
    normal, blind = (np.linalg.norm(lab(red, v) - lab(green, v)) for v in ("normal", "deuteranopia"))
    assert normal > 50
    assert blind < 20


TOGETHER = {
    "lines": COLOURS,
    "optimizers": (*OF_OPTIMIZER.values(),),
    "sets": (*OF_SET.values(),),
    "before and after": (BEFORE, AFTER),
    "right and wrong": (RIGHT, WRONG),
}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("colours", TOGETHER.values(), ids=TOGETHER.keys())
def test_colours_used_together_stay_apart(colours, vision):
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) >= 20, (one, other)


@pytest.mark.parametrize("vision", VISIONS)
def test_verdicts_stay_apart_by_colour_and_mark(vision):
    """Marks have different shapes too."""
    for one, other in combinations(OF_VERDICT, 2):
        assert np.linalg.norm(lab(OF_VERDICT[one], vision) - lab(OF_VERDICT[other], vision)) >= 10, (one, other)
    assert len({*MARKS.values()}) == len(MARKS)
    assert {*OF_VERDICT} - {"learned"} <= {*MARKS}


@pytest.mark.parametrize("colour", [*COLOURS, *OF_VERDICT.values()])
def test_colours_can_be_seen_on_white(colour):
    assert lab(colour, "normal")[0] <= 78


def test_an_optimizer_has_its_colour_whatever_it_is_compared_with():
    for levels in (["adam", "sgd"], ["sgd", "adam", "lion"], ["adam"], list(OF_OPTIMIZER)):
        styles = line_styles(levels, "optimizer").by_level
        assert {name: styles[name].colour for name in levels if name in OF_OPTIMIZER} == {
            name: OF_OPTIMIZER[name] for name in levels if name in OF_OPTIMIZER
        }
        assert len({style.colour for style in styles.values()}) == len(levels)


def test_an_optimizer_has_its_colour_in_every_figure():
    runs = [run(each, seed=seed) for each in product(optimizer=["adam", "sgd", "momentum"]) for seed in "01"]
    drawn = figures(runs, ["optimizer"])
    for name in ("curves", "intervals"):
        used = {line.get_color() for line in drawn[name].axes[0].lines}
        assert used == {OF_OPTIMIZER[name] for name in ("adam", "sgd", "momentum")}

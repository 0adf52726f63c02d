"""Texts as outlines: where they are, and that they say the same as Matplotlib's own."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.figures.drawing.lettering import Lettering
from zerosweep.figures.drawing.sheet import Key, new_sheet


def ink(image, **text) -> tuple[np.ndarray, tuple[int, int]]:
    """Return which pixels of a sheet with one text, at (3, 1) inches, have ink, and the text's place in pixels."""
    sheet = new_sheet((6, 2), [], "", Key([]))
    texts = Lettering(sheet)
    texts.write(3.0, 1.0, **text)
    texts.draw()
    x, y = sheet.place(3.0, 1.0)
    pixels = image(sheet.figure)
    return pixels[..., :3].min(axis=2) < 0.6, (round(x * pixels.shape[1]), round((1 - y) * pixels.shape[0]))


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("text", ["8", "208", "100% of 20"])
def test_a_text_is_where_it_should_be(image, text, align):
    inked, (x, y) = ink(image, text=text, size=20, align=align)
    rows, columns = np.nonzero(inked)
    at = {"left": columns.min(), "center": (columns.min() + columns.max()) / 2, "right": columns.max()}[align]
    assert at == pytest.approx(x, abs=3)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(y, abs=2)


def test_an_upright_text_is_read_from_below(image):
    lying, _ = ink(image, text="7L", size=20, align="center")
    upright, _ = ink(image, text="7L", size=20, align="center", upright=True)
    crop = [each[np.ix_(each.any(axis=1), each.any(axis=0))] for each in (lying, upright)]
    turned = np.rot90(crop[0])
    assert np.abs(np.subtract(turned.shape, crop[1].shape)).max() <= 1
    shape = tuple(np.minimum(turned.shape, crop[1].shape))
    assert (turned[: shape[0], : shape[1]] == crop[1][: shape[0], : shape[1]]).mean() > 0.9


def test_a_letter_has_its_hole(image):
    inked, (x, y) = ink(image, text="0", size=40, align="center")
    assert inked.any()
    assert not inked[y, x]


def test_texts_of_one_colour_are_one_collection():
    sheet = new_sheet((6, 2), [], "", Key([]))
    texts = Lettering(sheet)
    for i in range(20):
        texts.write(0.2 * i, 1.0, str(i), colour="red" if i % 2 else "black")
    before = len(sheet.figure.artists)
    texts.draw()
    assert len(sheet.figure.artists) - before == 2

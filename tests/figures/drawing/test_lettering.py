"""Texts as outlines: where they are, how wide they are, and how they are broken into lines."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zerosweep.figures.drawing.lettering import LINE, height_of, width_of, wrapped
from zerosweep.figures.drawing.sheet import Key, new_sheet


def sheet_with(text: str, **style):
    """Return a sheet with one text, at (3, 2) inches."""
    sheet = new_sheet((6, 4), [], "", Key([]))
    sheet.write(3.0, 2.0, text, **style)
    return sheet


def ink(image, text: str, **style) -> tuple[np.ndarray, tuple[int, int]]:
    """Return which pixels of that sheet have ink, and the text's place in pixels."""
    sheet = sheet_with(text, **style)
    x, y = sheet.place(3.0, 2.0)
    pixels = image(sheet.figure)
    return pixels[..., :3].min(axis=2) < 0.6, (round(x * pixels.shape[1]), round((1 - y) * pixels.shape[0]))


@pytest.mark.parametrize("ha", ["left", "center", "right"])
@pytest.mark.parametrize("va", ["top", "center", "baseline"])
@pytest.mark.parametrize("text", ["8", "208", "100% of 20"])
def test_a_text_is_where_it_should_be(image, text, ha, va):
    inked, (x, y) = ink(image, text, fontsize=20, ha=ha, va=va)
    rows, columns = np.nonzero(inked)
    at = {"left": columns.min(), "center": (columns.min() + columns.max()) / 2, "right": columns.max()}[ha]
    level = {"top": rows.min(), "center": (rows.min() + rows.max()) / 2, "baseline": rows.max()}[va]
    assert at == pytest.approx(x, abs=3)
    assert level == pytest.approx(y, abs=2)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("ha", ["left", "center", "right"])
@pytest.mark.parametrize("va", ["top", "center", "baseline", "bottom"])
def test_the_extent_holds_the_ink(image, ha, va, rotation):
    sheet = sheet_with("Agb\nlonger (line)", fontsize=14, ha=ha, va=va, rotation=rotation)
    left, lower, right, upper = np.array(sheet.letters.labels[0].extent) * sheet.figure.dpi
    rows, columns = np.nonzero(image(sheet.figure)[..., :3].min(axis=2) < 0.6)
    height = round(sheet.figure.get_figheight() * sheet.figure.dpi)
    assert left - 1 <= columns.min() <= left + 6
    assert right - 6 <= columns.max() <= right + 1
    assert lower - 1 <= height - 1 - rows.max() <= lower + 6
    assert upper - 6 <= height - 1 - rows.min() <= upper + 1


def test_an_upright_text_is_read_from_below(image):
    lying, _ = ink(image, "7L", fontsize=20, ha="center")
    upright, _ = ink(image, "7L", fontsize=20, va="center", rotation=90)
    crop = [each[np.ix_(each.any(axis=1), each.any(axis=0))] for each in (lying, upright)]
    turned = np.rot90(crop[0])
    assert np.abs(np.subtract(turned.shape, crop[1].shape)).max() <= 1
    shape = tuple(np.minimum(turned.shape, crop[1].shape))
    assert (turned[: shape[0], : shape[1]] == crop[1][: shape[0], : shape[1]]).mean() > 0.9


def test_a_letter_has_its_hole(image):
    inked, (x, y) = ink(image, "0", fontsize=40, ha="center", va="center")
    assert inked.any()
    assert not inked[y, x]


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("text", ["weight scale 0.01", "WWWW", "iiii", "‖Δθ‖ / ‖θ‖", "with batch normalization"])
def test_texts_are_as_wide_as_those_of_matplotlib(text, weight):
    figure = Figure(dpi=720)
    FigureCanvasAgg(figure)
    extent = figure.text(0, 0, text, fontsize=8, weight=weight, parse_math=False).get_window_extent()
    assert width_of([text], 8, weight) == pytest.approx(extent.width / 720, rel=0.03, abs=0.01)


def test_an_svg_has_texts_that_can_be_read():
    """In the place and the colour that they have in the picture."""
    sheet = sheet_with("weight & scale\n0.01", color="#cc3311", fontsize=9)
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        sheet.figure.savefig(buffer := io.BytesIO(), format="svg", dpi=72)
    texts = [each for each in ElementTree.fromstring(buffer.getvalue()).iter() if each.tag.endswith("}text")]
    assert [text.text for text in texts] == ["weight & scale", "0.01"]
    assert all("#cc3311" in text.get("style", "") for text in texts)
    assert "9px" in texts[0].get("style", "")


@given(st.text(alphabet=st.sampled_from("abc ABC=._[],0123"), max_size=80), st.floats(0.3, 4.0))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = wrapped(text, width, 8, most=1000).split("\n")
    assert all(width_of([line]) <= width + 1e-9 or len(line) == 1 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").strip()


def test_a_text_with_too_many_lines_ends_in_an_ellipsis():
    text = wrapped("one two three four five six seven", 0.5, most=2)
    assert text.count("\n") == 1
    assert text.endswith(" …")
    assert width_of([text]) <= 0.5
    assert height_of([text, "a"], 8) == pytest.approx(2 * 8 * LINE)


def test_a_setting_too_long_for_a_line_is_broken_before_its_level():
    assert wrapped("optimizer.setting=0.001", 1.3) == "optimizer.setting=\n0.001"

"""A figure as an element of a page."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from zerosweep.figures.drawing import svg
from zerosweep.figures.drawing.svg import to_svg


@pytest.fixture
def figure():
    """A curve, points that share a marker, an image, and text."""
    figure = Figure(figsize=(4, 3))
    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1], color="#440154")
    ax.plot(np.linspace(0, 1, 30), np.linspace(0, 1, 30), "o")
    ax.imshow(np.eye(3))
    ax.set_title("what it <shows>")
    return figure


def test_it_is_text_with_a_view_box_and_a_description(figure):
    root = ElementTree.fromstring(to_svg(figure, "curves", 'a "rising" line'))
    assert root.attrib["aria-label"] == 'a "rising" line'
    assert root.attrib["role"] == "img"
    assert root.attrib["viewBox"] == "0 0 288 216"
    assert not {"width", "height"} & {*root.attrib}
    assert "what it <shows>" in [element.text for element in root.iter("text")]
    assert root.findall("metadata") == []


def test_all_ids_are_of_this_figure_and_every_reference_has_its_target(figure):
    root = ElementTree.fromstring(to_svg(figure, "curves", ""))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    links = [element.attrib["href"] for element in root.iter() if "href" in element.attrib]
    clips = svg.REFERENCE.findall(" ".join(" ".join(element.attrib.values()) for element in root.iter()))
    assert len(ids) == len({*ids})
    assert all(name.startswith("curves-") for name in ids)
    assert {link[1:] for link in links if link.startswith("#")} | {*clips} == {*ids}
    assert [link[:22] for link in links if not link.startswith("#")] == ["data:image/png;base64,"]


def test_axes_take_the_page_colours_and_dark_lines_brighten(figure):
    text = to_svg(figure, "curves", "")
    assert "#000000" not in text
    assert "currentColor" in text
    assert "light-dark(#440154" in text


def test_too_many_points_become_an_image_and_the_figure_stays_as_it_was(figure, monkeypatch):
    monkeypatch.setattr(svg, "LARGEST", 100)
    whole = ElementTree.fromstring(to_svg(figure, "curves", ""))
    marks = [each for each in whole.iter("use") if float(each.get("x", 0)) > 0]
    assert len([*whole.iter("image")]) >= 1
    assert len(marks) < 30  # the points are in the image; ticks are not
    assert "what it <shows>" in [element.text for element in whole.iter("text")]
    assert not any(line.get_rasterized() for line in figure.axes[0].lines)

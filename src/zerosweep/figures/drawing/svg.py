"""Conversion of any figure to SVG that stands inside an HTML page."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

LARGEST = 400_000
"""Largest number of characters of a figure whose lines and points are vectors; those of a larger one become an image."""

IMAGE_DPI = 150
"""Pixels for an inch of lines and points that become an image."""

THEME = {
    "#000000": "currentColor",
    "#ffffff": "var(--page, #ffffff)",
    "#dddddd": "var(--grid, #dddddd)",
    "#777777": "var(--soft, #777777)",
}
"""Colours of text, background, grid and notes, which the page sets. All other colours show data."""

DARKEST = 0.12
"""Relative luminance of a line below which it is drawn brighter on a dark page."""

LINK = "{http://www.w3.org/1999/xlink}href"

REFERENCE = re.compile(r"url\(#([^)]+)\)")

DECIMALS = re.compile(r"-?\d+\.\d{3,}")

COLOUR = re.compile(r"(fill|stroke): (#[0-9a-f]{6})")


def to_svg(figure: Figure, name: str, label: str) -> str:
    """Return the figure as an `svg` element for an HTML page.

    Text stays text, in the font of the page. Text, axes and grid take their colours from the page, through
    `currentColor` and the variables `--page`, `--grid` and `--soft`, so that they can be read on a dark page too. The
    element has no size but a `viewBox`, whose unit is a point, and fills the space that the page gives it.

    Args:
        figure: The figure.
        name: A word that is unique in the page; every id in the element begins with it.
        label: The description of the figure for those who cannot see it.
    """
    text = _drawn(figure, name)
    if len(text) > LARGEST:
        with _as_image(figure):
            text = _drawn(figure, name)
    root = ElementTree.fromstring(text)
    for element in root.findall("{*}metadata"):
        root.remove(element)
    _shorten_ids(root, name)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for attribute, value in [*element.attrib.items()]:
            element.set(attribute, DECIMALS.sub(_rounded, value))
        if style := element.get("style"):
            element.set("style", COLOUR.sub(_themed, style))
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {"viewBox": box, "role": "img", "aria-label": label, "fill": "currentColor"}
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure, name: str) -> str:
    """Return the figure as Matplotlib writes it: with text as text, and without a background."""
    buffer = io.StringIO()
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "path.simplify_threshold": 0.3}
    with rc_context(settings), np.errstate(all="ignore"):  # an axis may end near the largest number
        figure.savefig(buffer, format="svg", transparent=True, dpi=IMAGE_DPI, metadata={"Date": None})
    return buffer.getvalue()


@contextmanager
def _as_image(figure: Figure) -> Iterator[None]:
    """Draw all lines and collections of the panels as images in this block."""
    artists: list[Artist] = [
        artist for ax in figure.axes for artist in ax.get_children() if isinstance(artist, Line2D | Collection)
    ]
    for artist in artists:
        artist.set_rasterized(True)
    try:
        yield
    finally:
        for artist in artists:
            artist.set_rasterized(False)


def _shorten_ids(root: ElementTree.Element, name: str) -> None:
    """Give all elements that are referred to short ids that are unique in the page, and the others none."""
    used: dict[str, str] = {}
    numbers = count()

    def renamed(old: str) -> str:
        return used.setdefault(old, f"{name}-{next(numbers)}")

    for element in root.iter():
        if target := element.attrib.pop(LINK, None):
            is_image = target.startswith("data:")
            element.set("href", target if is_image else f"#{renamed(target[1:])}")
        for attribute, value in [*element.attrib.items()]:
            element.set(attribute, REFERENCE.sub(lambda found: f"url(#{renamed(found[1])})", value))
    for element in root.iter():
        if (old := element.attrib.pop("id", None)) in used:
            element.set("id", used[old])


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _themed(declaration: re.Match[str]) -> str:
    """Return a colour that fits a bright and a dark page."""
    kind, colour = declaration[1], declaration[2]
    if colour in THEME:
        return f"{kind}: {THEME[colour]}"
    if kind == "stroke" and _luminance(colour) < DARKEST:
        return f"stroke: light-dark({colour}, color-mix(in srgb, {colour} 60%, white))"
    return declaration[0]


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour, in [0, 1]."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))

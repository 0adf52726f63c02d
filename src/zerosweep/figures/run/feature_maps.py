"""The figure `feature_maps`: an image of each class, and the outputs of some convolutional filters for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.palette import BLUE
from zerosweep.figures.drawing.sheet import WIDEST, Key, new_sheet
from zerosweep.figures.drawing.tiles import montage, pictures, unit_scaled
from zerosweep.nn.layer import Array

FILTERS = 8
"""The most filters of a layer that are shown: always the first, so that runs can be compared."""

GAP = 2
"""Pixels between the tiles."""

TILE = 0.45
"""The longer side of a tile in inches."""

BESIDE, ABOVE, BELOW = 0.15, 0.34, 0.26
"""Inches beside the tiles, above them for the names of layers, and below them for the numbers of filters."""


@dataclass(frozen=True)
class FeatureMaps:
    """The tiles of the figure.

    Attributes:
        grid: A montage with a row for each image: the image, then its maps. It has a third axis if images have colours.
        layers: Number of filters that are shown of each layer.
        tile: Height and width of a tile in pixels.
    """

    grid: np.ndarray
    layers: dict[str, int]
    tile: tuple[int, int]


def one_of_each(labels: np.ndarray) -> list[int]:
    """Return the first row of each class that has any, in the order of the classes."""
    return [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)]


@np.errstate(all="ignore")
def feature_maps(images: Array, activations: dict[str, Array]) -> FeatureMaps:
    """Return the tiles for these images.

    The outputs of each filter are scaled to [0, 1] over all images. A value that is not finite is drawn as zero.

    Args:
        images: Shape (n, C, H, W).
        activations: Outputs for these images by layer. Only those of shape (n, C, h, w) are shown.
    """
    first = pictures(images)
    _, height, width, *colours = first.shape
    columns, layers = [first[:, None]], dict[str, int]()
    for layer, outputs in activations.items():
        if outputs.ndim == 4:
            shown = unit_scaled(outputs[:, :FILTERS], axis=(0, 2, 3))
            down, right = (
                np.arange(size) * of // size for size, of in zip((height, width), outputs.shape[2:], strict=True)
            )
            enlarged = shown[:, :, down][:, :, :, right]
            columns.append(np.stack([enlarged] * 3, axis=-1) if colours else enlarged)
            layers[layer] = shown.shape[1]
    tiles = np.concatenate(columns, axis=1)
    grid = montage(tiles.reshape(-1, height, width, *colours), tiles.shape[1], GAP)
    return FeatureMaps(np.nan_to_num(grid, nan=1) if colours else grid, layers, (height, width))


def draw(maps: FeatureMaps, title: str) -> Figure:
    """Draw the tiles. White is the largest output of a filter for these images."""
    height, width = maps.tile
    high, wide = maps.grid.shape[:2]
    scale = min(TILE / max(height, width), (WIDEST - 2 * BESIDE) / wide)
    body = wide * scale + 2 * BESIDE, high * scale + ABOVE + BELOW
    sheet = new_sheet(body, [], title, Key([]), ["White is the largest output of a filter for these images."])
    top = BELOW + high * scale
    sheet.picture((BESIDE, BELOW, wide * scale, high * scale), maps.grid)
    step = (width + GAP) * scale
    sheet.write(BESIDE, top + 0.08, "image")
    sheet.write(BESIDE, BELOW - 0.06, "filter", va="top")
    column = 1
    for layer, filters in maps.layers.items():
        start = BESIDE + column * step
        edge = start - GAP * scale / 2
        sheet.line(np.array([(edge, BELOW), (edge, top + 0.24)]), color=BLUE, linewidth=1.5)
        sheet.write(start, top + 0.08, layer)
        for i in range(filters):
            sheet.write(start + i * step + width * scale / 2, BELOW - 0.06, f"{i + 1}", ha="center", va="top")
        column += filters
    return sheet.figure

"""The figure `feature_maps`: an image of each class, and the outputs of some convolutional filters for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.style import panels
from zerosweep.figures.drawing.tiles import montage, pictures, unit_scaled
from zerosweep.nn.layer import Array

FILTERS = 8
"""The most filters of a layer that are shown: always the first, so that runs can be compared."""

GAP = 2
"""Pixels between the tiles."""


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
    rows, columns = (maps.grid.shape[0] + GAP) // (height + GAP), (maps.grid.shape[1] + GAP) // (width + GAP)
    figure, (ax,) = panels(1, 1, title, width=1.2 + 0.45 * columns, height=1.0 + 0.45 * rows * height / width)
    ax.imshow(maps.grid, cmap="gray", interpolation="nearest")
    ax.set_axis_off()
    column = 1
    for layer, filters in maps.layers.items():
        start = column * (width + GAP)
        ax.axvline(start - GAP / 2 - 0.5, color="#4477aa", linewidth=1.5)
        ax.text(start, -3, layer, fontsize=9, va="bottom")
        for i in range(filters):
            middle = start + (i + 0.5) * (width + GAP)
            ax.text(middle, maps.grid.shape[0] + 2, f"{i + 1}", fontsize=7, ha="center", va="top")
        column += filters
    ax.text(0, -3, "image", fontsize=9, va="bottom")
    ax.text(0, maps.grid.shape[0] + 2, "filter", fontsize=7, va="top")
    return figure

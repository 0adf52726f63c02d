"""The figure `feature_maps`: an image of each class, and the outputs of some convolutional filters for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.style import panels
from zerosweep.figures.drawing.tiles import montage
from zerosweep.nn.layer import Array

FILTERS = 8
"""The most filters of a layer that are shown: always the first, so that runs can be compared."""

GAP = 2
"""Pixels between the tiles."""


@dataclass(frozen=True)
class FeatureMaps:
    """The tiles of the figure.

    Attributes:
        grid: A montage with a row for each image: the image, then its maps.
        layers: Number of filters that are shown of each layer.
        side: Width and height of a tile in pixels.
    """

    grid: np.ndarray
    layers: dict[str, int]
    side: int


def one_of_each(labels: np.ndarray) -> list[int]:
    """Return the first row of each class that has any, in the order of the classes."""
    return [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)]


@np.errstate(all="ignore")
def feature_maps(images: Array, activations: dict[str, Array]) -> FeatureMaps:
    """Return the tiles for these images.

    The outputs of each filter are scaled to [0, 1] over all images. A value that is not finite is drawn as zero.

    Args:
        images: Shape (n, H, H).
        activations: Outputs for these images by layer. Only those of shape (n, C, h, w) are shown.
    """
    side = images.shape[1]
    columns, layers = [_scaled(images[:, None])], dict[str, int]()
    for layer, outputs in activations.items():
        if outputs.ndim == 4:
            shown = _scaled(outputs[:, :FILTERS])
            as_large = np.arange(side) * outputs.shape[2] // side
            columns.append(shown[:, :, as_large][:, :, :, as_large])
            layers[layer] = shown.shape[1]
    tiles = np.concatenate(columns, axis=1)
    return FeatureMaps(montage(tiles.reshape(-1, side, side), tiles.shape[1], GAP), layers, side)


def _scaled(maps: Array) -> np.ndarray:
    """Return maps of shape (N, C, H, W) with each channel scaled to [0, 1]."""
    finite = np.where(np.isfinite(maps), maps, 0).astype(np.float64)
    low = finite.min(axis=(0, 2, 3), keepdims=True)
    span = finite.max(axis=(0, 2, 3), keepdims=True) - low
    return np.asarray((finite - low) / np.where(span > 0, span, 1))


def draw(maps: FeatureMaps, title: str) -> Figure:
    """Draw the tiles. White is the largest output of a filter for these images."""
    rows, columns = ((size + GAP) // (maps.side + GAP) for size in maps.grid.shape)
    figure, (ax,) = panels(1, 1, title, width=1.2 + 0.45 * columns, height=1.0 + 0.45 * rows)
    ax.imshow(maps.grid, cmap="gray", interpolation="nearest")
    ax.set_axis_off()
    column = 1
    for layer, filters in maps.layers.items():
        start = column * (maps.side + GAP)
        ax.axvline(start - GAP / 2 - 0.5, color="#4477aa", linewidth=1.5)
        ax.text(start, -3, layer, fontsize=9, va="bottom")
        for i in range(filters):
            middle = start + (i + 0.5) * (maps.side + GAP)
            ax.text(middle, maps.grid.shape[0] + 2, f"{i + 1}", fontsize=7, ha="center", va="top")
        column += filters
    ax.text(0, -3, "image", fontsize=9, va="bottom")
    ax.text(0, maps.grid.shape[0] + 2, "filter", fontsize=7, va="top")
    return figure

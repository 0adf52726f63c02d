"""The way from raw inputs, as a data file holds them, to the rows that a network takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zerosweep.errors import DataError


@dataclass(frozen=True)
class Preprocessing:
    """Map raw inputs to rows of D numbers (x - shift) / scale. Images become rows channel by channel.

    Training and prediction apply the same object, and a saved model holds it.

    Attributes:
        shape: The shape of a raw input: (D,) for features, (H, W) for grey images, (H, W, C) or (C, H, W) for images
            with channels.
        channels_last: Whether a shape of three numbers is (H, W, C).
        shift: The numbers to subtract: one for all of a row, one for each channel, or one for each feature.
        scale: The numbers to divide by, as many as `shift` has.
    """

    shape: Sequence[int]
    channels_last: bool = False
    shift: Sequence[float] = (0.0,)
    scale: Sequence[float] = (1.0,)

    @property
    def image(self) -> tuple[int, int, int] | None:
        """(C, H, W) of an image; None for features."""
        match self.shape:
            case (height, width):
                return 1, height, width
            case (height, width, channels) if self.channels_last:
                return channels, height, width
            case (channels, height, width):
                return channels, height, width
        return None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape that a network is built for: (C, H, W) for images, (D,) for features."""
        return self.image or tuple(self.shape)

    def __call__(self, raw: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the rows of raw inputs as a new array of shape (N, D).

        Args:
            raw: Shape (N, D) or (N, *shape); axes of length 1 may be left out or added.
            dtype: The type of the result.

        Raises:
            DataError: The inputs have another shape, or are not finite in `dtype`.
        """
        rows = self.rows(raw)
        with np.errstate(over="ignore", invalid="ignore"):
            if self._one_divisor:
                x = rows.astype(dtype)
                if self.scale[0] != 1:
                    x /= self.scale[0]
            else:
                shift, scale = self._factors
                x = ((self._groups(rows) - shift) / scale).reshape(rows.shape).astype(dtype)
        if rows.dtype.kind == "f" and not np.isfinite(x).all():
            raise DataError(f"inputs: NaN, infinite or too large for {np.dtype(dtype)}; must be finite numbers")
        return x

    def rows(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Return raw inputs as unscaled rows of shape (N, D), images channel by channel."""
        given, size = raw.shape[1:], math.prod(self.shape)
        if _without_ones(given) not in (_without_ones((size,)), _without_ones(self.shape)):
            flat = "" if len(self.shape) == 1 else f" or (n, {size})"
            raise DataError(f"inputs of shape {raw.shape}: must be (n, {', '.join(map(str, self.shape))}){flat}")
        if self.channels_last and len(self.shape) == 3:
            raw = raw.reshape(-1, *self.shape).transpose(0, 3, 1, 2)
        return raw.reshape(-1, size)

    def standardized(self, raw: NDArray[Any]) -> Preprocessing:
        """Return this preprocessing with the means and standard deviations of `raw` as `shift` and `scale`.

        Each feature, or each channel of images, gets mean 0 and standard deviation 1 (the population's, as in
        scikit-learn's StandardScaler). What has one value only is shifted and not scaled.

        Args:
            raw: The training inputs, as in `rows`.
        """
        groups = self._groups(self.rows(raw))
        with np.errstate(over="ignore", invalid="ignore"):
            shift, scale = (of(axis=(0, 2), dtype=np.float64) for of in (groups.mean, groups.std))
        varies = (groups.min(axis=(0, 2)) < groups.max(axis=(0, 2))) & (scale > 0)  # a tiny variance may round to 0
        return replace(self, shift=tuple(shift.tolist()), scale=tuple(np.where(varies, scale, 1.0).tolist()))

    def raw(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return raw inputs, flat as (N, D), from rows of the network."""
        unscaled = self._unscaled(rows)
        if self.channels_last and self.image:
            unscaled = unscaled.reshape(-1, *self.image).transpose(0, 2, 3, 1)
        return unscaled.reshape(rows.shape)

    def images(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return images of shape (N, C, H, W) with raw pixels from rows of the network."""
        assert self.image
        return self._unscaled(rows).reshape(-1, *self.image)

    @property
    def _one_divisor(self) -> bool:
        """Whether all numbers are divided by one number, and nothing is subtracted: computed in the rows' own dtype."""
        return len(self.scale) == 1 and self.shift[0] == 0

    @property
    def _factors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shift and scale as columns, for the groups of numbers that share them."""
        return np.array(self.shift, np.float64)[:, None], np.array(self.scale, np.float64)[:, None]

    def _unscaled(self, rows: NDArray[Any]) -> NDArray[Any]:
        if self._one_divisor:
            return np.asarray(rows * rows.dtype.type(self.scale[0]))
        shift, scale = self._factors
        return (self._groups(rows) * scale + shift).reshape(rows.shape).astype(rows.dtype)

    def _groups(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return rows as (N, channels or features, numbers of each), which share a shift and a scale."""
        count = self.image[0] if self.image else rows.shape[1]
        return rows.reshape(len(rows), count, rows.shape[1] // count)


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)

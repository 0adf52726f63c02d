"""Dropout."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from zerosweep.nn.layer import Array, Layer, Mode, in_memory


class Dropout(Layer):
    """In training each number of x is set to zero with probability `rate`. `scaling` says where its expectation is mended:

    - train: what is left is divided by 1 - rate in training, and at evaluation y = x (inverted form).
    - test: what is left stays as it is, and at evaluation y = (1 - rate) x (Srivastava et al. 2014; experiment E5). With
      the same weights a layer behind it sees numbers smaller by 1 - rate than with train, in either pass.

    x, y: (N, *input_shape); 0 <= rate < 1. A draw is one of 65,536 levels, so the rate is met to within 8e-6.
    """

    LEVELS = 1 << 16

    def __init__(self, rate: float, scaling: str = "train"):
        self.rate, self.scaling = rate, scaling
        self.dropped_levels = round(rate * self.LEVELS)

    def allocate(self, rows: int) -> tuple[Array, ...]:
        shape = (rows, *self.input_shape)
        y, dx, mask = self.empty(*shape), self.empty(*shape), self.empty(*shape)
        mask[...] = np.nan
        return y, dx, mask

    def forward(self, x: Array, mode: Mode) -> Array:
        if mode is Mode.EVALUATE:
            return x if self.scaling == "train" else np.multiply(x, 1 - self.rate, out=self.buffers(len(x))[0])
        y, _, mask = self.buffers(len(x))
        if mode is Mode.TRAIN:
            self.draw(in_memory(mask) if mask.ndim == 4 else mask)
        return np.multiply(x, mask, out=y)

    def draw(self, mask: Array) -> None:
        """Write a new mask: 0, or what is left is multiplied by. Raw 16-bit draws are several times cheaper than uniform floats;
        they want a generator of 64 bits a draw, as `zerosweep.randomness` gives."""
        if self.rng is None:
            raise ValueError(f"{self.name} needs a random generator to train")
        words = self.rng.bit_generator.random_raw(-(-mask.size // 4)).view(np.uint16)[: mask.size]
        np.greater_equal(words.reshape(mask.shape), self.dropped_levels, out=mask)
        if self.scaling == "train":
            mask *= 1 / (1 - self.rate)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, mask = self.buffers(len(dy))
        return np.multiply(dy, mask, out=dx)


def scale_dropout(layers: Iterable[Layer], scaling: str) -> None:
    """Set where every dropout among the layers scales, "train" or "test"; its model need not know."""
    for layer in layers:
        if isinstance(layer, Dropout):
            layer.scaling = scaling

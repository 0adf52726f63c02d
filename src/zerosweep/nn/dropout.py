"""Dropout."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array, Layer, Mode, in_memory


class Dropout(Layer):
    """In training each number of x is set to zero with probability `rate` and otherwise divided by 1 - rate, so that its
    expectation stays; at evaluation y = x (inverted form of Srivastava et al. 2014).

    x, y: (N, *input_shape); 0 <= rate < 1. A draw is one of 65,536 levels, so the rate is met to within 8e-6.
    """

    LEVELS = 1 << 16

    def __init__(self, rate: float):
        self.rate = rate
        self.dropped_levels = round(rate * self.LEVELS)

    def allocate(self, rows: int) -> tuple[Array, ...]:
        shape = (rows, *self.input_shape)
        y, dx, mask = self.empty(*shape), self.empty(*shape), self.empty(*shape)
        mask[...] = np.nan
        return y, dx, mask

    def forward(self, x: Array, mode: Mode) -> Array:
        if mode is Mode.EVALUATE:
            return x
        y, _, mask = self.buffers(len(x))
        if mode is Mode.TRAIN:
            self.draw(in_memory(mask) if mask.ndim == 4 else mask)
        return np.multiply(x, mask, out=y)

    def draw(self, mask: Array) -> None:
        """Write a new mask: 0 or 1 / (1 - rate). Raw 16-bit draws are several times cheaper than uniform floats;
        they want a generator of 64 bits a draw, as `zerosweep.randomness` gives."""
        if self.rng is None:
            raise ValueError(f"{self.name} needs a random generator to train")
        words = self.rng.bit_generator.random_raw(-(-mask.size // 4)).view(np.uint16)[: mask.size]
        np.greater_equal(words.reshape(mask.shape), self.dropped_levels, out=mask)
        mask *= 1 / (1 - self.rate)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, mask = self.buffers(len(dy))
        return np.multiply(dy, mask, out=dx)

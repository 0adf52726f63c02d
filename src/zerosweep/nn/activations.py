"""Activations: y = f(x) elementwise, dx = f'(x) · dy, with f' written through y where that is cheaper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Activation, Array, Mode

NO_GRADIENT = 1e-6
"""A saturated sigmoid or tanh whose derivative is below this counts as passing no gradient on."""

SATURATED = 0.01
"""An output nearer to a bound than this part of the way between the bounds is saturated: its derivative is below a twentieth
of the largest."""


class ReLU(Activation):
    """f(x) = max(x, 0); f'(x) = 1 for x > 0, else 0, at the kink too."""

    slope_dtype = bool

    def allocate(self, rows: int) -> tuple[Array, ...]:
        zeros = self.empty(rows, *self.input_shape)  # the maximum with an array is faster than with a number
        zeros[...] = 0
        return *super().allocate(rows), zeros

    def forward(self, x: Array, mode: Mode) -> Array:
        self.y, _, _, zeros = self.buffers(len(x))
        return np.maximum(x, zeros, out=self.y)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, positive, _ = self.buffers(len(dy))
        np.greater(self.y, 0, out=positive)
        return np.multiply(dy, positive, out=dx)

    def active(self, y: Array) -> NDArray[np.bool_]:
        return y > 0


class LeakyReLU(Activation):
    """f(x) = max(x, αx) with the slope 0 < α < 1 for x <= 0 (Maas et al. 2013); f'(x) = 1 for x > 0, else α."""

    slope_dtype = bool

    def __init__(self, slope: float = 0.01):
        self.slope = slope

    def forward(self, x: Array, mode: Mode) -> Array:
        self.y = self.buffers(len(x))[0]
        np.multiply(x, self.slope, out=self.y)
        return np.maximum(x, self.y, out=self.y)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, positive = self.buffers(len(dy))
        np.greater(self.y, 0, out=positive)
        np.multiply(dy, self.slope, out=dx)
        np.copyto(dx, dy, where=positive)
        return dx

    def active(self, y: Array) -> NDArray[np.bool_]:
        return np.ones(y.shape, bool)


class Sigmoid(Activation):
    """f(x) = 1 / (1 + e^(-x)); f' = y (1 - y).

    -x is kept below 60 (float32) or 500 (float64), so that e^(-x) never overflows, and neither y nor a product of it with a
    gradient falls into the denormals, on which processors are many times slower.
    """

    def forward(self, x: Array, mode: Mode) -> Array:
        self.y = y = self.buffers(len(x))[0]
        np.negative(x, out=y)
        np.minimum(y, 60 if self.dtype == np.float32 else 500, out=y)
        np.exp(y, out=y)
        np.add(y, 1, out=y)
        return np.reciprocal(y, out=y)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, slope = self.buffers(len(dy))
        np.subtract(1, self.y, out=slope)
        np.multiply(slope, self.y, out=slope)
        return np.multiply(dy, slope, out=dx)

    def active(self, y: Array) -> NDArray[np.bool_]:
        return y * (1 - y) > NO_GRADIENT

    def saturated(self, y: Array) -> NDArray[np.bool_]:
        return (y < SATURATED) | (y > 1 - SATURATED)


class Tanh(Activation):
    """f(x) = tanh x; f' = 1 - y²."""

    def forward(self, x: Array, mode: Mode) -> Array:
        self.y = self.buffers(len(x))[0]
        return np.tanh(x, out=self.y)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, slope = self.buffers(len(dy))
        np.multiply(self.y, self.y, out=slope)
        np.subtract(1, slope, out=slope)
        return np.multiply(dy, slope, out=dx)

    def active(self, y: Array) -> NDArray[np.bool_]:
        return 1 - y * y > NO_GRADIENT

    def saturated(self, y: Array) -> NDArray[np.bool_]:
        return (y < -1 + 2 * SATURATED) | (y > 1 - 2 * SATURATED)


ACTIVATIONS: dict[str, type[Activation]] = {"relu": ReLU, "leaky_relu": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh}


def activation(name: str, slope: float) -> Activation:
    """A fresh one of `ACTIVATIONS`. slope: of leaky_relu left of zero."""
    return LeakyReLU(slope) if name == "leaky_relu" else ACTIVATIONS[name]()

"""What every layer is: a function with parameters, its gradient, and outputs that are allocated once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.floating]
Shape = tuple[int, ...]


def in_memory(images: Array) -> Array:
    """(N, C, H, W) -> (H, C, W, N), which is how images lie in memory; a view.

    With the batch last, the columns of a convolution are made by copying runs of W·N numbers. With the height first, a
    row of pixels of all channels is one block: small enough for the cache, and the operand of one product.
    """
    return images.transpose(2, 1, 3, 0)


def as_images(memory: Array) -> Array:
    """(H, C, W, N) -> (N, C, H, W); a view."""
    return memory.transpose(3, 1, 0, 2)


def as_rows(outputs: Array) -> Array:
    """(N, ...) -> (N, D), the numbers of a row in the order in which they lie in memory; a view, of images too."""
    if outputs.ndim == 4:
        return in_memory(outputs).reshape(-1, len(outputs)).T
    return outputs.reshape(len(outputs), -1)


class Mode(Enum):
    """Why a forward pass runs.

    TRAIN: a new dropout mask is drawn, batch statistics are used, running statistics move.
    REPLAY: as the last TRAIN pass over as many rows, same masks, with running statistics left alone: the loss as a pure
    function of the parameters, which numerical differentiation needs.
    EVALUATE: no dropout, running statistics are used and left alone.
    """

    TRAIN = "train"
    REPLAY = "replay"
    EVALUATE = "evaluate"


@dataclass(frozen=True)
class Parameter:
    """A parameter before it has values: its shape, what it is, and its fans (units read and written by a weight).

    Only a `weight` is drawn at random and penalised by the regularizer; a `bias` and a `shift` start at 0, a `scale` at 1.
    """

    shape: Shape
    kind: Literal["weight", "bias", "scale", "shift"]
    fan_in: int = 0
    fan_out: int = 0

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Layer:
    """One layer of a network.

    A layer computes `forward(x) -> y` and, for the x of its last forward pass, `backward(dy) -> dx`; in passing,
    `backward` writes the gradient of each parameter. x and y have the rows of a mini-batch first: `x: (N, *input_shape)`.
    Arrays that a layer returns belong to the layer: they hold until its next pass over as many rows.

    Images are x: (N, C, H, W), with C channels. Layers lay them `in_memory` as (H, C, W, N); those that come in another
    order are taken too, and cost a copy.
    """

    name: str = ""

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one output row for input rows of `input_shape`."""
        return input_shape

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        """The parameters that this layer needs, by name."""
        return {}

    def bind(
        self,
        input_shape: Shape,
        dtype: DTypeLike,
        values: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rng: np.random.Generator | None,
    ) -> None:
        """Take the place in a network: views into its parameter and gradient vectors, and a generator of one's own."""
        self.input_shape, self.dtype, self.rng = input_shape, np.dtype(dtype), rng
        self.values, self.gradients = values, gradients
        self._by_rows: dict[int, tuple[Array, ...]] = {}
        self.on_bind()

    def on_bind(self) -> None:
        """Allocate statistics and other arrays of fixed size; called once shapes and dtype are known."""

    @property
    def statistics(self) -> dict[str, Array]:
        """What the layer has learnt besides its parameters, such as running means; saved with the weights."""
        return {}

    def forward(self, x: Array, mode: Mode) -> Array:
        """x: (N, *input_shape) -> y: (N, *output_shape)."""
        raise NotImplementedError

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        """dL/dy: (N, *output_shape) -> dL/dx: (N, *input_shape), or None where the layer below needs none."""
        raise NotImplementedError

    def buffers(self, rows: int) -> tuple[Array, ...]:
        """This layer's preallocated arrays for mini-batches of `rows` rows."""
        try:
            return self._by_rows[rows]
        except KeyError:
            self._by_rows[rows] = self.allocate(rows)
            return self._by_rows[rows]

    def release(self) -> None:
        """Free the arrays that `buffers` keeps."""
        self._by_rows.clear()

    def allocate(self, rows: int) -> tuple[Array, ...]:
        """Make the arrays that `buffers` keeps."""
        raise NotImplementedError

    def empty(self, *shape: int, dtype: DTypeLike | None = None) -> Array:
        """An array that is not set yet. Four numbers are the shape of images (N, C, H, W)."""
        if len(shape) == 4:
            rows, channels, height, width = shape
            return as_images(np.empty((height, channels, width, rows), dtype or self.dtype))
        return np.empty(shape, dtype or self.dtype)


class Activation(Layer):
    """An elementwise function of the unit's input; `y: (N, *shape)` keeps the outputs of the last forward pass."""

    y: Array

    slope_dtype: DTypeLike | None = None
    """Of the slopes f': bool where a slope is one of two values, else (None) that of the network."""

    def allocate(self, rows: int) -> tuple[Array, ...]:
        """Outputs y, dx, and room for the slopes."""
        shape = (rows, *self.input_shape)
        return self.empty(*shape), self.empty(*shape), self.empty(*shape, dtype=self.slope_dtype)

    def active(self, y: Array) -> NDArray[np.bool_]:
        """Where, for outputs y, the unit passes a gradient on. A unit that does so for no row of the data is dead."""
        raise NotImplementedError

    def saturated(self, y: Array) -> NDArray[np.bool_] | None:
        """Where outputs y are at a bound, with next to no slope left; None of an activation that has no two bounds."""
        return None

"""Pooling."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array, Layer, Mode, Shape, as_images, in_memory


class MaxPool2D(Layer):
    """The largest number of each 2 × 2 square: x: (N, C, H, W) -> y: (N, C, H // 2, W // 2). An odd last row or column is
    left out; an image of a single row or column is a ValueError of `output_shape`.

    The gradient goes to the largest number alone, and to the first of equal ones in reading order.
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        channels, height, width = input_shape
        if min(height, width) < 2:
            raise ValueError(f"squares of 2×2 do not fit into {height}×{width} pixels")
        return channels, height // 2, width // 2

    def allocate(self, rows: int) -> tuple[Array, ...]:
        """y and dx; of the squares' rows the larger number each, its gradient, and where it is the right one; where the
        larger of the two rows is the lower one."""
        channels, height, width = self.output_shape(self.input_shape)
        dx = self.empty(rows, *self.input_shape)
        dx[...] = 0  # an odd last row and column stay 0
        halves = height, 2, channels, width, rows
        quarter = height, channels, width, rows
        return (
            as_images(np.empty(quarter, self.dtype)), dx,
            np.empty(halves, self.dtype), np.empty(halves, self.dtype),
            np.empty(halves, bool), np.empty(quarter, bool),
        )  # fmt: skip

    def squares(self, images: Array) -> tuple[Array, Array]:
        """(H, C, W, N) -> the left and the right numbers of the squares, (H // 2, 2, C, W // 2, N) each; views."""
        channels, height, width = self.output_shape(self.input_shape)
        even = images[: 2 * height, :, : 2 * width].reshape(height, 2, channels, 2 * width, -1)
        return even[:, :, :, 0::2], even[:, :, :, 1::2]

    def forward(self, x: Array, mode: Mode) -> Array:
        y, _, larger, _, right_wins, lower_wins = self.buffers(len(x))
        left, right = self.squares(in_memory(x))
        np.maximum(left, right, out=larger)
        np.maximum(larger[:, 0], larger[:, 1], out=in_memory(y))
        if mode is not Mode.EVALUATE:
            np.greater(right, left, out=right_wins)
            np.greater(larger[:, 1], larger[:, 0], out=lower_wins)
        return y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, _, d_larger, right_wins, lower_wins = self.buffers(len(dy))
        d_left, d_right = self.squares(in_memory(dx))
        np.multiply(in_memory(dy), lower_wins, out=d_larger[:, 1])
        np.subtract(in_memory(dy), d_larger[:, 1], out=d_larger[:, 0])
        np.multiply(d_larger, right_wins, out=d_right)
        np.subtract(d_larger, d_right, out=d_left)
        return dx

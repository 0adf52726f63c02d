"""Convolution, and the layer that lays images in memory for it."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from zerosweep.nn.layer import Array, Layer, Mode, Parameter, Shape, in_memory


class Images(Layer):
    """Lay images x: (N, C, H, W) in memory as the layers behind want them; y: (N, C, H, W).

    `output_shape` raises a ValueError for rows that are no images.
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ValueError(f"inputs of shape {input_shape} are no images, whose shape is (C, H, W)")
        return input_shape

    def allocate(self, rows: int) -> tuple[Array, ...]:
        return (self.empty(rows, *self.input_shape),)

    def forward(self, x: Array, mode: Mode) -> Array:
        (y,) = self.buffers(len(x))
        np.copyto(y, x)
        return y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        return dy if need_dx else None


class Conv2D(Layer):
    """y[n, f] = b[f] + Σ_c W[f, c] ⋆ x[n, c], "valid": only where the k × k kernel lies wholly within the image, so that
    H' = H - k + 1 and W' = W - k + 1. As usual the kernel is not flipped, so ⋆ is a cross-correlation.

    x: (N, C, H, W), W: (F, C, k, k), b: (F,), y: (N, F, H', W'). An image smaller than the kernel is a ValueError of
    `output_shape`.

    The k·k·C numbers that one output number sees are a column, and the layer is a product of W and such columns ("im2col":
    Chellapilla et al. 2006; the book, §7.4). They are made for one row of the output at a time, in a buffer that stays in
    the cache, and made again for the gradients, which is cheaper than to keep them.

    bias_absorbed: as for `Dense`. even: leave out an odd last row or column of y, which a 2 × 2 pool right behind would
    leave out.
    """

    def __init__(self, filters: int, kernel: int, bias_absorbed: bool = False, even: bool = False):
        self.filters, self.kernel, self.bias_absorbed, self.even = filters, kernel, bias_absorbed, even

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.convolved_shape(input_shape)

    def convolved_shape(self, input_shape: Shape) -> Shape:
        """(F, H', W')."""
        sizes = [size - self.kernel + 1 for size in input_shape[1:]]
        height, width = (size - size % 2 for size in sizes) if self.even else sizes
        if min(height, width) < 1:
            height, width = input_shape[1:]
            raise ValueError(f"kernels of {self.kernel}×{self.kernel} do not fit into {height}×{width} pixels")
        return self.filters, height, width

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        area, channels = self.kernel**2, input_shape[0]
        fans = {"fan_in": area * channels, "fan_out": area * self.filters}  # as Glorot & Bengio count them
        return {
            "W": Parameter((self.filters, channels, self.kernel, self.kernel), "weight", **fans),
            "b": Parameter((self.filters,), "bias"),
        }

    def on_bind(self) -> None:
        """(F, K + 1) with K = k·k·C: the weights in the order of the columns, and b as the weight of a column's last number,
        which is 1. And another for its gradient."""
        in_columns = (self.filters, self.kernel, self.kernel, self.input_shape[0])  # f, along the width, the height, c
        self.matrix, self.d_matrix, self.part = np.zeros((3, self.filters, math.prod(in_columns[1:]) + 1), self.dtype)
        self.matrix_weights, self.d_matrix_weights = (
            matrix[:, :-1].reshape(in_columns).transpose(0, 3, 2, 1) for matrix in (self.matrix, self.d_matrix)
        )

    def allocate(self, rows: int) -> tuple[Array, ...]:
        shape = self.output_shape(self.input_shape)
        size, along = self.matrix.shape[1], shape[2] * rows
        columns, d_columns = np.ones((size, along), self.dtype), np.empty((size - 1, along), self.dtype)
        return self.empty(rows, *shape), self.empty(rows, *self.input_shape), columns, d_columns

    def windows(self, images: Array) -> Array:
        """(H, C, W, N) -> (H', k, k·C, W'·N), a view: [r, j] is what the j-th column of the kernel sees all along row r of the
        output. The windows overlap in memory."""
        _, height, width = self.convolved_shape(self.input_shape)
        _, channels, full_width, rows = images.shape
        shape = height, self.kernel, self.kernel * channels, width * rows
        # in bytes, from a pixel to the next one: along the width, in the next channel, in the next row
        to_right = rows * images.itemsize
        to_channel = full_width * to_right
        below = channels * to_channel
        return as_strided(images, shape, (below, to_right, to_channel, images.itemsize))

    def forward(self, x: Array, mode: Mode) -> Array:
        y, _, columns, _ = self.buffers(len(x))
        self.x = np.ascontiguousarray(in_memory(x))
        self.set_matrix()
        windows = self.windows(self.x)
        out = in_memory(y).reshape(len(windows), self.filters, -1)
        for window, row in zip(windows, out, strict=True):
            self.convolve(window, columns, row)
        return y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, columns, d_columns = self.buffers(len(dy))
        windows, d_windows = self.windows(self.x), self.windows(in_memory(dx))
        d_out = np.ascontiguousarray(in_memory(dy)).reshape(len(windows), self.filters, -1)
        self.d_matrix[...] = 0
        dx[...] = 0
        for window, d_row, d_window in zip(windows, d_out, d_windows, strict=True):
            self.add_gradients(window, columns, d_row, d_columns, d_window if need_dx else None)
        self.set_gradients()
        return dx if need_dx else None

    def set_matrix(self) -> None:
        """The matrix from W and b."""
        np.copyto(self.matrix_weights, self.values["W"])
        self.matrix[:, -1] = 0 if self.bias_absorbed else self.values["b"]

    def convolve(self, window: Array, columns: Array, out: Array) -> None:
        """A row of the output (F, W'·N) from its window (k, k·C, W'·N); columns: (K + 1, W'·N), the last of which is 1."""
        np.copyto(columns[:-1].reshape(window.shape), window)
        np.dot(self.matrix, columns, out=out)

    def add_gradients(
        self, window: Array, columns: Array, d_out: Array, d_columns: Array, d_window: Array | None
    ) -> None:
        """What a row of the output, with the gradient d_out: (F, W'·N), adds to the matrix's gradient and to the window's."""
        np.copyto(columns[:-1].reshape(window.shape), window)
        np.dot(d_out, columns.T, out=self.part)
        self.d_matrix += self.part
        if d_window is not None:
            np.dot(self.matrix[:, :-1].T, d_out, out=d_columns)
            for to, added in zip(d_window, d_columns.reshape(d_window.shape), strict=True):  # in turn, as they overlap
                to += added

    def set_gradients(self) -> None:
        """The gradients of W and b from the matrix's."""
        np.copyto(self.gradients["W"], self.d_matrix_weights)
        self.gradients["b"][...] = 0 if self.bias_absorbed else self.d_matrix[:, -1]

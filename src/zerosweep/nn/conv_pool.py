"""A stage of a convolutional network in one piece: convolution, batch normalization, pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zerosweep.nn.batchnorm import fixed_scale_and_shift, scale_and_shift
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.layer import Array, Mode, Parameter, Shape, in_memory


@dataclass(frozen=True)
class Workspace:
    """The arrays of a mini-batch of N rows. With h = H' // 2 and w = W' // 2:

    columns, d_columns: as of `Conv2D`. raw: rows of x' (F, W'·N): all H' where batch normalization will want them again, else
    the two at hand. d_raw: (2, F, W'·N), their gradient, and other uses. largest: (h, F, w, N), of the squares. halves, spare:
    (2, F, w, N), of the squares' rows. right: (h, 2, F, w, N), where the right number of a square's row is the larger; lower:
    (h, F, w, N), where that of the lower row is. y, dx: images.
    """

    columns: Array
    d_columns: Array
    raw: Array
    d_raw: Array
    largest: Array
    halves: Array
    spare: Array
    right: Array
    lower: Array
    y: Array
    dx: Array


class ConvPool(Conv2D):
    """What Conv2D - BatchNorm2D? - MaxPool2D compute one after another, at about a fifth less time a step: those are its
    oracle in the tests.

    x: (N, C, H, W), y: (N, F, H' // 2, W' // 2) for the H' × W' pixels of the convolution; W, b as for `Conv2D`; with `bn` also
    γ, β: (F,), b changes nothing and its gradient is zero. epsilon, momentum, affine: as for `BatchNorm`.

    Two rows of the convolution's output at a time are made, pooled and, in the backward pass, given their gradient while they
    are in the cache. And the pool comes before batch normalization, which is monotone: it has a quarter of the numbers to scale
    and shift. Where γ < 0 it turns the order round, so that there the negative of the convolution is what is pooled; `sign` keeps
    where, and a prime is put on what has been turned: x' = sign · x.

    With s = |γ| / √(σ² + ε), y = s (max x' - μ') + β over each 2 × 2 square, n numbers to a channel and x̂' = (x' - μ') / √(σ² + ε):
    dx' = s (dy where x' was the largest, else 0) - s (dβ + x̂' dγ') / n, which is not sparse any more (Ioffe & Szegedy 2015). The
    factor s is left to the matrices on either side of dx'.
    """

    def __init__(
        self, filters: int, kernel: int, bn: bool, epsilon: float = 1e-5, momentum: float = 0.9, affine: bool = True
    ):
        super().__init__(filters, kernel, bias_absorbed=bn, even=not bn)  # statistics are of the odd row and column too
        self.bn, self.epsilon, self.momentum, self.affine = bn, epsilon, momentum, affine

    def output_shape(self, input_shape: Shape) -> Shape:
        filters, height, width = self.convolved_shape(input_shape)
        if min(height, width) < 2:
            raise ValueError(f"squares of 2×2 do not fit into {height}×{width} pixels")
        return filters, height // 2, width // 2

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        norm = scale_and_shift((self.filters,)) if self.bn and self.affine else {}
        return super().parameters(input_shape) | norm

    def on_bind(self) -> None:
        super().on_bind()
        if self.bn and not self.affine:
            fixed, unread = fixed_scale_and_shift((self.filters,), self.dtype)
            self.values, self.gradients = {**self.values, **fixed}, {**self.gradients, **unread}
        self.running_mean, self.running_variance = np.zeros(self.filters, self.dtype), np.ones(self.filters, self.dtype)

    @property
    def statistics(self) -> dict[str, Array]:
        if not self.bn:
            return {}
        return {"running_mean": self.running_mean, "running_variance": self.running_variance}

    def allocate(self, rows: int) -> tuple[Array, ...]:
        """Those of a `Workspace`, in order."""
        filters, height, width = self.convolved_shape(self.input_shape)
        along, h, w = width * rows, height // 2, width // 2

        def new(*shape: int) -> Array:
            return np.empty(shape, self.dtype)

        columns = np.ones((self.matrix.shape[1], along), self.dtype)
        y = self.empty(rows, filters, h, w)
        return (
            *(columns, new(len(columns) - 1, along)),
            *(new(height if self.bn else 2, filters, along), new(2, filters, along)),
            new(h, filters, w, rows) if self.bn else in_memory(y),
            *(new(2, filters, w, rows), new(2, filters, w, rows)),
            *(np.empty((h, 2, filters, w, rows), bool), np.empty((h, filters, w, rows), bool)),
            *(y, self.empty(rows, *self.input_shape)),
        )

    def forward(self, x: Array, mode: Mode) -> Array:
        work = Workspace(*self.buffers(len(x)))
        self.x = np.ascontiguousarray(in_memory(x))
        self.set_matrix()
        windows = self.windows(self.x)
        measured: list[tuple[Array, Array]] = []
        for first in range(0, len(windows), 2):
            pair = work.raw[first : first + 2] if self.bn else work.raw
            for window, row in zip(windows[first : first + 2], pair, strict=True):
                self.convolve(window, work.columns, row)
                if self.bn and mode is not Mode.EVALUATE:
                    measured.append(self.measure(row, work.d_raw[0]))
            if len(pair) == 2:
                self.pool(work, first // 2, pair, mode)
        if self.bn:
            self.normalize(work, measured, mode)
        return work.y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        work = Workspace(*self.buffers(len(dy)))
        d_y = in_memory(dy)
        if self.bn:
            slope, offset = self.denormalize(work, d_y)
            self.set_matrix()
            self.matrix *= self.scale[:, None]
        windows, d_windows = self.windows(self.x), self.windows(in_memory(work.dx))
        self.d_matrix[...] = 0
        work.dx[...] = 0
        for first in range(0, len(windows), 2):
            d_pair = work.d_raw[: len(windows) - first]
            if self.bn:
                np.multiply(work.raw[first : first + 2], slope, out=d_pair)
                np.add(d_pair, offset, out=d_pair)
            if len(d_pair) == 2:
                self.unpool(work, first // 2, d_y[first // 2], d_pair)
            for r, d_row in enumerate(d_pair, first):
                d_window = d_windows[r] if need_dx else None
                self.add_gradients(windows[r], work.columns, d_row, work.d_columns, d_window)
        self.set_gradients()
        return work.dx if need_dx else None

    def set_matrix(self) -> None:
        super().set_matrix()
        if self.bn:
            self.sign = np.copysign(1, self.values["gamma"])
            self.matrix *= self.sign[:, None]

    def set_gradients(self) -> None:
        if self.bn:
            self.d_matrix *= (self.sign * self.scale)[:, None]
        super().set_gradients()

    def squares(self, pair: Array) -> tuple[Array, Array]:
        """(2, F, W'·N) -> the left and the right numbers of a row of squares, (2, F, w, N) each; views."""
        filters, _, width = self.convolved_shape(self.input_shape)
        apart = pair.reshape(2, filters, width, -1)
        return apart[:, :, 0 : width - width % 2 : 2], apart[:, :, 1::2]

    def pool(self, work: Workspace, row: int, pair: Array, mode: Mode) -> None:
        """The largest of each square and, for the gradient, where it is; as `MaxPool2D`."""
        left, right = self.squares(pair)
        np.maximum(left, right, out=work.halves)
        np.maximum(work.halves[0], work.halves[1], out=work.largest[row])
        if mode is not Mode.EVALUATE:
            np.greater(right, left, out=work.right[row])
            np.greater(work.halves[1], work.halves[0], out=work.lower[row])

    def unpool(self, work: Workspace, row: int, d_row: Array, d_pair: Array) -> None:
        """Give d_row: (F, w, N) to the largest of each square: with batch normalization on top of what is there."""
        d_left, d_right = self.squares(d_pair)
        np.multiply(d_row, work.lower[row], out=work.halves[1])
        np.subtract(d_row, work.halves[1], out=work.halves[0])
        if self.bn:
            np.multiply(work.halves, work.right[row], out=work.spare)
            np.add(d_right, work.spare, out=d_right)
            np.subtract(work.halves, work.spare, out=work.spare)
            np.add(d_left, work.spare, out=d_left)
        else:
            np.multiply(work.halves, work.right[row], out=d_right)
            np.subtract(work.halves, d_right, out=d_left)

    def measure(self, row: Array, work: Array) -> tuple[Array, Array]:
        """Mean and variance of each channel in a row (F, W'·N)."""
        share = np.full(row.shape[1], 1 / row.shape[1], self.dtype)
        mean = np.dot(row, share)
        np.subtract(row, mean[:, None], out=work)
        return mean, np.vecdot(work, work) / row.shape[1]

    def normalize(self, work: Workspace, measured: list[tuple[Array, Array]], mode: Mode) -> None:
        """y from the largest of the squares; running statistics move in training."""
        if mode is Mode.EVALUATE:
            self.mean, variance = self.sign * self.running_mean, self.running_variance
        else:
            means, variances = np.array(measured).swapaxes(0, 1)  # (H', F) each, to put those of all together from
            self.mean = means.mean(axis=0)
            variance = variances.mean(axis=0) + np.square(means - self.mean).mean(axis=0)
        if mode is Mode.TRAIN and self.momentum < 1:  # 0 · inf is NaN
            for running, batch in ((self.running_mean, self.sign * self.mean), (self.running_variance, variance)):
                running *= self.momentum
                running += (1 - self.momentum) * batch
        self.inverse = 1 / np.sqrt(variance + self.epsilon)
        self.scale = np.abs(self.values["gamma"]) * self.inverse
        y, shift = in_memory(work.y), self.values["beta"] - self.scale * self.mean
        np.multiply(work.largest, self.scale[:, None, None], out=y)
        np.add(y, shift[:, None, None], out=y)

    def denormalize(self, work: Workspace, d_y: Array) -> tuple[Array, Array]:
        """Gradients of γ and β; and of x', what all numbers of a channel have beside that of the largest of a square, as
        s (slope · x' + offset), with (F, 1) each."""
        _, height, width = self.convolved_shape(self.input_shape)
        count = height * width * d_y.shape[3]
        by_row, largest = (each.reshape(len(each), self.filters, -1) for each in (d_y, work.largest))
        d_beta = np.dot(by_row, np.ones(by_row.shape[2], self.dtype)).sum(axis=0)
        d_gamma = (np.vecdot(by_row, largest).sum(axis=0) - self.mean * d_beta) * self.inverse
        np.copyto(self.gradients["beta"], d_beta)
        np.multiply(d_gamma, self.sign, out=self.gradients["gamma"])
        slope = -self.inverse * d_gamma / count
        offset = -d_beta / count - slope * self.mean
        return slope[:, None], offset[:, None]

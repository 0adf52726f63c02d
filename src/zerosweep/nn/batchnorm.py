"""Batch normalization."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from zerosweep.nn.layer import Array, Layer, Mode, Parameter, Shape, in_memory


def scale_and_shift(shape: Shape) -> dict[str, Parameter]:
    """Return the parameters γ and β of this shape, by name."""
    return {"gamma": Parameter(shape, "scale"), "beta": Parameter(shape, "shift")}


def fixed_scale_and_shift(shape: Shape, dtype: DTypeLike) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return γ = 1 and β = 0, which no optimizer sees, and arrays for their gradients, which nobody reads; by name."""
    values = {"gamma": np.ones(shape, dtype), "beta": np.zeros(shape, dtype)}
    return values, {name: np.zeros_like(value) for name, value in values.items()}


class BatchNorm(Layer):
    """y = γ (x - μ) / √(σ² + ε) + β, per unit, over the N rows of a mini-batch (Ioffe & Szegedy 2015, Algorithm 1).

    x, y: (N, D); γ, β: (D,). μ and the biased variance σ² are those of the batch in training; at evaluation they are
    running statistics, which follow every training batch by r ← m r + (1 - m) batch, from 0 and 1. The running
    variance follows the biased variance, by which training normalizes. PyTorch's follows the unbiased one, larger by
    N/(N-1), as Algorithm 2 of the paper does.

    With s = γ / √(σ² + ε) and x̂ the normalised input: dβ = Σ dy, dγ = Σ dy x̂, dx = s (dy - dβ/N - x̂ dγ/N).

    epsilon: ε > 0. momentum: 0 <= m <= 1; with 1 the running statistics stay at 0 and 1 for ever. affine: whether γ and β
    are parameters; if not, γ = 1 and β = 0.
    """

    def __init__(self, epsilon: float = 1e-5, momentum: float = 0.9, affine: bool = True):
        self.epsilon, self.momentum, self.affine = epsilon, momentum, affine

    def normalized_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of γ, β and the statistics, (D,)."""
        return input_shape

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        return scale_and_shift(self.normalized_shape(input_shape)) if self.affine else {}

    def on_bind(self) -> None:
        units = self.normalized_shape(self.input_shape)
        if not self.affine:
            self.values, self.gradients = fixed_scale_and_shift(units, self.dtype)
        self.batch, self.running = np.zeros((2, 2, *units), self.dtype)  # mean and variance, each
        self.running_mean, self.running_variance = self.running
        self.running_variance[...] = 1

    @property
    def statistics(self) -> dict[str, Array]:
        return {"running_mean": self.running_mean, "running_variance": self.running_variance}

    def allocate(self, rows: int) -> tuple[Array, ...]:
        shape = (rows, *self.input_shape)
        return self.empty(*shape), self.empty(*shape), self.empty(*shape), np.full(rows, 1 / rows, self.dtype)

    def forward(self, x: Array, mode: Mode) -> Array:
        y, centred, _, average = self.buffers(len(x))
        if mode is Mode.EVALUATE:
            scale, shift = self.learnt()
            np.multiply(x, scale, out=y)
            np.add(y, shift, out=y)
            return y
        mean, variance = self.batch
        np.dot(average, x, out=mean)  # column means as a product: faster than mean(axis=0)
        np.subtract(x, mean, out=centred)
        np.multiply(centred, centred, out=y)
        np.dot(average, y, out=variance)
        self.inverse = 1 / np.sqrt(variance + self.epsilon)
        self.scale = self.values["gamma"] * self.inverse
        np.multiply(centred, self.scale, out=y)
        np.add(y, self.values["beta"], out=y)
        if mode is Mode.TRAIN:
            self.follow()
        return y

    def learnt(self) -> tuple[Array, Array]:
        """At evaluation y = scale · x + shift."""
        scale = self.values["gamma"] / np.sqrt(self.running_variance + self.epsilon)
        return scale, self.values["beta"] - self.running_mean * scale

    def follow(self) -> None:
        """Move the running statistics towards those of the batch, which are overwritten."""
        if self.momentum == 1:  # 0 · inf is NaN
            return
        self.running *= self.momentum
        self.batch *= 1 - self.momentum
        self.running += self.batch

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, centred, dx, average = self.buffers(len(dy))
        rows = len(dy)
        mean_dy = np.dot(average, dy)
        np.multiply(dy, centred, out=dx)
        mean_dy_normal = np.dot(average, dx) * self.inverse
        np.multiply(mean_dy, rows, out=self.gradients["beta"])
        np.multiply(mean_dy_normal, rows, out=self.gradients["gamma"])
        if not need_dx:
            return None
        # dx = s (dy - mean(dy) - x̂ mean(dy x̂)), with x̂ = (x - μ)/√(σ² + ε)
        np.multiply(centred, self.inverse * mean_dy_normal, out=dx)
        np.add(dx, mean_dy, out=dx)
        np.subtract(dy, dx, out=dx)
        np.multiply(dx, self.scale, out=dx)
        return dx


class BatchNorm2D(BatchNorm):
    """The same per channel of images, over the N·H·W numbers that a channel has in a mini-batch (Ioffe & Szegedy 2015, §3.2).

    x, y: (N, C, H, W); γ, β and the statistics: (C,). Computed a row of pixels at a time, which stays in the cache.
    """

    def normalized_shape(self, input_shape: Shape) -> Shape:
        return input_shape[:1]

    def allocate(self, rows: int) -> tuple[Array, ...]:
        channels, height, width = self.input_shape
        shape = (rows, *self.input_shape)
        average = np.full(width * rows, 1 / (height * width * rows), self.dtype)
        return self.empty(*shape), self.empty(*shape), self.empty(channels, width * rows), average

    def by_row(self, images: Array) -> Array:
        """(N, C, H, W) -> (H, C, W·N); a view of images that lie as they should, else a copy."""
        channels, height, _ = self.input_shape
        return in_memory(images).reshape(height, channels, -1)

    def forward(self, x: Array, mode: Mode) -> Array:
        y, _, work, average = self.buffers(len(x))
        self.x, out = self.by_row(x), self.by_row(y)
        if mode is Mode.EVALUATE:
            scale, shift = self.learnt()
            np.multiply(self.x, scale[:, None], out=out)
            np.add(out, shift[:, None], out=out)
            return y
        mean, variance = self.batch
        np.add.reduce(np.dot(self.x, average), axis=0, out=mean)
        variance[...] = 0
        for row, centred in zip(self.x, out, strict=True):
            np.subtract(row, mean[:, None], out=centred)
            np.multiply(centred, centred, out=work)
            variance += np.dot(work, average)
        self.inverse = 1 / np.sqrt(variance + self.epsilon)
        self.scale = self.values["gamma"] * self.inverse
        for row in out:
            np.multiply(row, self.scale[:, None], out=row)
            np.add(row, self.values["beta"][:, None], out=row)
        self.mean = mean.copy()
        if mode is Mode.TRAIN:
            self.follow()
        return y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, work, average = self.buffers(len(dy))
        d_out, d_in, mean = self.by_row(dy), self.by_row(dx), self.mean[:, None]
        mean_dy = np.add.reduce(np.dot(d_out, average), axis=0)
        mean_dy_normal = np.zeros_like(mean_dy)
        for row, d_row in zip(self.x, d_out, strict=True):
            np.subtract(row, mean, out=work)
            np.multiply(work, d_row, out=work)
            mean_dy_normal += np.dot(work, average)
        mean_dy_normal *= self.inverse
        count = dy.size // len(mean_dy)
        np.multiply(mean_dy, count, out=self.gradients["beta"])
        np.multiply(mean_dy_normal, count, out=self.gradients["gamma"])
        if not need_dx:
            return None
        slope = (self.inverse * mean_dy_normal)[:, None]
        for row, d_row, d_in_row in zip(self.x, d_out, d_in, strict=True):
            np.subtract(row, mean, out=work)
            np.multiply(work, slope, out=work)
            np.add(work, mean_dy[:, None], out=work)
            np.subtract(d_row, work, out=work)
            np.multiply(work, self.scale[:, None], out=d_in_row)
        return dx

"""Batch normalization."""

from __future__ import annotations

import numpy as np

from zerosweep.nn.layer import Array, Layer, Mode, Parameter, Shape


class BatchNorm(Layer):
    """y = γ (x - μ) / √(σ² + ε) + β, per unit, over the N rows of a mini-batch (Ioffe & Szegedy 2015, Algorithm 1).

    x, y: (N, D); γ, β: (D,). μ and the biased variance σ² are those of the batch in training; at evaluation they are
    running statistics, which follow every training batch by r ← m r + (1 - m) batch, from 0 and 1.

    With s = γ / √(σ² + ε) and x̂ the normalised input: dβ = Σ dy, dγ = Σ dy x̂, dx = s (dy - dβ/N - x̂ dγ/N).

    epsilon: ε > 0; momentum: 0 <= m < 1.
    """

    def __init__(self, epsilon: float = 1e-5, momentum: float = 0.9):
        self.epsilon, self.momentum = epsilon, momentum

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        return {"gamma": Parameter(input_shape, "scale"), "beta": Parameter(input_shape, "shift")}

    def take_place(self) -> None:
        self.batch, self.running = np.zeros((2, 2, *self.input_shape), self.dtype)  # mean and variance, each
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
            scale = self.values["gamma"] / np.sqrt(self.running_variance + self.epsilon)
            np.multiply(x, scale, out=y)
            np.add(y, self.values["beta"] - self.running_mean * scale, out=y)
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
            self.running *= self.momentum
            self.batch *= 1 - self.momentum
            self.running += self.batch
        return y

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

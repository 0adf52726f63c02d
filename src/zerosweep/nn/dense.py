"""Fully connected layers."""

from __future__ import annotations

import math

import numpy as np

from zerosweep.nn.layer import Array, Layer, Mode, Parameter, Shape


class Dense(Layer):
    """y = x W + b with x: (N, D), W: (D, units), b: (units,), y: (N, units).

    Gradients: dW = xᵀ dy, db = Σ_rows dy, dx = dy Wᵀ.

    bias_absorbed: say so where batch normalization comes right behind. It subtracts the batch mean, so b changes
    nothing and its gradient is zero; it is then written as zero and not as a sum of rounding errors.
    """

    def __init__(self, units: int, bias_absorbed: bool = False):
        self.units, self.bias_absorbed = units, bias_absorbed

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, input_shape: Shape) -> dict[str, Parameter]:
        (inputs,) = input_shape
        return {
            "W": Parameter((inputs, self.units), "weight", fan_in=inputs, fan_out=self.units),
            "b": Parameter((self.units,), "bias"),
        }

    def allocate(self, rows: int) -> tuple[Array, ...]:
        return self.empty(rows, self.units), self.empty(rows, *self.input_shape), np.ones(rows, self.dtype)

    def forward(self, x: Array, mode: Mode) -> Array:
        self.x = x
        y = self.buffers(len(x))[0]
        np.dot(x, self.values["W"], out=y)
        if not self.bias_absorbed:
            np.add(y, self.values["b"], out=y)
        return y

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        _, dx, ones = self.buffers(len(dy))
        np.dot(self.x.T, dy, out=self.gradients["W"])
        if self.bias_absorbed:
            self.gradients["b"][...] = 0
        else:
            np.dot(ones, dy, out=self.gradients["b"])  # a column sum as a product is faster than add.reduce
        if not need_dx:
            return None
        np.dot(dy, self.values["W"].T, out=dx)
        return dx


class Flatten(Layer):
    """y: (N, D) holds the D = Π input_shape numbers of each row of x: (N, *input_shape), in C order."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def allocate(self, rows: int) -> tuple[Array, ...]:
        return (self.empty(rows, *self.input_shape),)

    def forward(self, x: Array, mode: Mode) -> Array:
        return x.reshape(len(x), -1)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        if not need_dx:
            return None
        (dx,) = self.buffers(len(dy))
        np.copyto(dx, dy.reshape(dx.shape))  # images are put into their order in memory
        return dx

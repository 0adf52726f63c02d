"""Losses of a mini-batch: the mean over its rows, and the gradient with respect to the network's outputs.

outputs: (N, K), floats. targets: (N,) integers, the class of each row, or (N, K) floats, one-hot or any distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.recipe import Recipe, added_later, number, one_of

SMALLEST_CLIP = 1e-30

Targets = NDArray[np.integer] | Array


def softmax(outputs: Array) -> Array:
    """Return e^z / Σ e^z of each row of outputs z, shape (N, K), as a new array."""
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass
class Loss(Recipe):
    """A loss, averaged over the rows of a mini-batch.

    A subclass is a dataclass that implements `value_and_gradient` as a pure function.
    """

    softmax: ClassVar[bool] = False
    """Whether it applies a softmax to the outputs, so that they stand for probabilities."""

    def value(self, outputs: Array, targets: Targets) -> float:
        """Return the loss; the arguments are those of `value_and_gradient`."""
        return self.value_and_gradient(outputs, targets, np.empty_like(outputs))

    def value_and_gradient(self, outputs: Array, targets: Targets, d_outputs: Array) -> float:
        """Return the loss and write its gradient.

        Args:
            outputs: The outputs of the network, floats of shape (N, K). They must not be changed.
            targets: Class indices of shape (N,), or floats of shape (N, K), one-hot or any distribution.
            d_outputs: Where dL/d(outputs) goes, shape (N, K). Its content is arbitrary before.
        """
        raise NotImplementedError


@dataclass
class CrossEntropy(Loss):
    """Softmax, then -Σ_k t_k ln p_k.

    clip = 0: the stable form ln Σ e^(z - max z) - (z - max z), with gradient (p Σ_k t_k - t) / N. It is never infinite.

    clip > 0: -Σ_k t_k ln max(p_k, clip), as published code often writes it. Where a target class falls under the clip
    the loss is flat: that row has a gradient of exactly zero and is never learnt again (experiment E2).
    """

    softmax: ClassVar[bool] = True

    clip: float = number(0.0, at_least=0, below=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 < self.clip < SMALLEST_CLIP:
            raise SettingError("clip", self.clip, f"must be 0 or >= {SMALLEST_CLIP:g}, which float32 can hold")

    def value_and_gradient(self, outputs: Array, targets: Targets, d_outputs: Array) -> float:
        rows = len(outputs)
        largest = np.maximum.reduce(np.ascontiguousarray(outputs.T), axis=0)
        shifted = outputs - largest[:, None]
        np.exp(shifted, out=d_outputs)
        total = np.dot(d_outputs, np.ones((outputs.shape[1], 1), outputs.dtype))
        np.divide(d_outputs, total, out=d_outputs)
        if self.clip:
            return self._clipped(targets, d_outputs)
        if targets.ndim == 1:
            at = (np.arange(rows), targets)
            loss = np.log(total[:, 0]) - shifted[at]
            d_outputs[at] -= 1
        else:
            mass = np.add.reduce(targets, axis=1, keepdims=True)
            loss = mass[:, 0] * np.log(total[:, 0]) - np.einsum("nk,nk->n", targets, shifted)
            d_outputs *= mass
            d_outputs -= targets
        d_outputs *= 1 / rows
        return float(np.add.reduce(loss, dtype=np.float64)) / rows

    def _clipped(self, targets: Targets, p: Array) -> float:
        """The clipped loss of probabilities p, which are overwritten by the gradient with respect to their logits."""
        rows = len(p)
        if targets.ndim == 1:
            at = (np.arange(rows), targets)
            p_target = p[at]
            counts = (p_target > self.clip).astype(p.dtype)
            loss = -np.log(np.maximum(p_target, self.clip))
            p *= counts[:, None]
            p[at] -= counts
        else:
            counted = targets * (p > self.clip)
            loss = -np.einsum("nk,nk->n", targets, np.log(np.maximum(p, self.clip)))
            p *= np.add.reduce(counted, axis=1, keepdims=True)
            p -= counted
        p *= 1 / rows
        return float(np.add.reduce(loss, dtype=np.float64)) / rows


@dataclass
class SumOfSquares(Loss):
    """½ Σ_k (y_k - t_k)², the sum-of-squares error (experiment E3).

    outputs: raw takes the network's outputs z as they are for y; softmax takes y = softmax(z), as the book does, with
    gradient y_k (d_k - Σ_j y_j d_j) at z_k, where d = y - t.
    """

    outputs: str = added_later(one_of("raw", "softmax"))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.softmax = self.outputs == "softmax"  # type: ignore[misc]  # a choice here

    def value_and_gradient(self, outputs: Array, targets: Targets, d_outputs: Array) -> float:
        rows = len(outputs)
        y = softmax(outputs) if self.softmax else outputs
        if targets.ndim == 1:
            np.copyto(d_outputs, y)
            d_outputs[np.arange(rows), targets] -= 1
        else:
            np.subtract(y, targets, out=d_outputs)
        flat = d_outputs.ravel()
        value = 0.5 * float(np.dot(flat, flat)) / rows
        if self.softmax:
            d_outputs -= np.einsum("nk,nk->n", y, d_outputs)[:, None]
            d_outputs *= y
        d_outputs *= 1 / rows
        return value


LOSSES: dict[str, type[Loss]] = {"cross_entropy": CrossEntropy, "mse": SumOfSquares}

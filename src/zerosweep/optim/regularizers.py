"""What keeps weights small: penalties on the loss. (Dropout is a layer; its rate is set here beside them.)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zerosweep.optim.optimizer import BLOCK, Vector
from zerosweep.recipe import Recipe, added_later, number, one_of

NEAR_ZERO = 1e-3
"""Weights below it in size are as good as zero. By gradient descent L1 does not stop a weight at zero: it steps across it to
and fro, at most lr λ away, which is 5e-4 in experiment E5. Of weights drawn by He's init about 1 in 100 is so small."""


@dataclass
class Regularizer(Recipe):
    """Adds l1 · Σ|w| + ½ l2 · Σw² over the weights w (never a bias) to the loss, and drops units out.

    A subclass with another penalty is a dataclass that implements `penalises`, `penalty` and `add_gradient`, or adds to
    what they do here by calling them with `super()`.

    l1, l2: λ >= 0. output: whether the weights of the output layer are penalised like those of the hidden layers.
    dropout: the probability p that a hidden unit is dropped in a training step, in [0, 1). dropout_scaling: train divides
    the units that are left by 1 - p in training; test multiplies all units by 1 - p at evaluation, as experiment E5 does.
    """

    l1: float = number(0.0, at_least=0)
    l2: float = number(0.0, at_least=0)
    output: bool = True
    dropout: float = number(0.0, at_least=0, below=1)
    dropout_scaling: str = added_later(one_of("train", "test"))

    @property
    def penalises(self) -> bool:
        """Whether there is a penalty at all. Without one, `penalty` is not called."""
        return bool(self.l1 or self.l2)

    def penalty(self, weights: Vector) -> float:
        """Return the penalty.

        Args:
            weights: All penalised weights of the network, shape (n,). They must not be changed.
        """
        total = 0.0
        if self.l1:
            total += self.l1 * float(np.abs(weights).sum(dtype=np.float64))
        if self.l2:
            total += 0.5 * self.l2 * float(np.dot(weights, weights))
        return total

    @staticmethod
    def near_zero(weights: Vector) -> float:
        """The share of `weights: (n,)` below `NEAR_ZERO` in size, in [0, 1]; 0 where there are none."""
        return np.count_nonzero(np.abs(weights) < NEAR_ZERO) / max(len(weights), 1)

    def add_gradient(self, weights: Vector, gradient: Vector) -> None:
        """Add the gradient of the penalty, l1 · sign(w) + l2 · w with sign(0) = 0, to that of the loss, in place.

        Args:
            weights: All penalised weights of the network, shape (n,). They must not be changed.
            gradient: The gradient of the loss at these weights, shape (n,), to add to.
        """
        if not self.penalises:
            return
        scratch = np.empty(min(len(weights), BLOCK), weights.dtype)
        for start in range(0, len(weights), BLOCK):
            w, g = weights[start : start + BLOCK], gradient[start : start + BLOCK]
            pull = scratch[: len(w)]
            if self.l1:
                np.add(g, np.multiply(np.sign(w, out=pull), self.l1, out=pull), out=g)
            if self.l2:
                np.add(g, np.multiply(w, self.l2, out=pull), out=g)


REGULARIZERS: dict[str, type[Regularizer]] = {"regularizer": Regularizer}

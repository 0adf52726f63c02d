"""Gradient descent, plain and with momentum. g is the gradient, η the learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zerosweep.optim.optimizer import Optimizer, Vector
from zerosweep.recipe import number


@dataclass
class SGD(Optimizer):
    """θ ← θ - η g (Robbins & Monro 1951). One rate for every direction: in a narrow valley it zigzags."""

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        step = np.multiply(gradient, lr, out=scratch[0])
        np.subtract(theta, step, out=theta)


@dataclass
class Momentum(Optimizer):
    """v ← μ v - η g;  θ ← θ + v, from v = 0 (Polyak 1964, in the form of Sutskever et al. 2013, eq. 1-2).

    Along a steady gradient it moves 1/(1-μ) times as fast as SGD, and it overshoots. momentum: 0 <= μ < 1.
    """

    momentum: float = number(0.9, at_least=0, below=1)
    accumulators: ClassVar[tuple[str, ...]] = ("v",)

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        (v,) = accumulators
        np.multiply(v, self.momentum, out=v)
        np.subtract(v, np.multiply(gradient, lr, out=scratch[0]), out=v)
        np.add(theta, v, out=theta)


@dataclass
class Nesterov(Momentum):
    """v ← μ v - η g;  θ ← θ + μ v - η g, from v = 0: momentum with the gradient where it is about to be, written for the
    looked-ahead θ (Nesterov 1983; Sutskever et al. 2013, eq. 3-4; this form: Bengio et al. 2013, eq. 7). 0 <= μ < 1."""

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        (v,) = accumulators
        step, ahead = scratch
        np.multiply(gradient, lr, out=step)
        np.multiply(v, self.momentum, out=v)
        np.subtract(v, step, out=v)
        np.subtract(np.multiply(v, self.momentum, out=ahead), step, out=ahead)
        np.add(theta, ahead, out=theta)

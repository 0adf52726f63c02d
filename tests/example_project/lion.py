"""An optimizer of one's own: Lion (Chen et al. 2023, Algorithm 2)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import zerosweep as zs


@zs.optimizer("lion")
@dataclass
class Lion(zs.Optimizer):
    """c = β₁ m + (1-β₁) g;  θ ← θ - η sign(c);  m ← β₂ m + (1-β₂) g, from m = 0.

    Attributes:
        beta1: β₁ of the interpolation, in [0, 1).
        beta2: β₂ of the momentum, in [0, 1).
    """

    lr: float = zs.number(1e-3, above=0)
    beta1: float = zs.number(0.9, at_least=0, below=1)
    beta2: float = zs.number(0.99, at_least=0, below=1)
    accumulators: ClassVar[tuple[str, ...]] = ("m",)

    def rule(self, theta, gradient, lr, t, scratch, *accumulators):
        (m,) = accumulators
        theta -= lr * np.sign(self.beta1 * m + (1 - self.beta1) * gradient)
        m += (1 - self.beta2) * (gradient - m)

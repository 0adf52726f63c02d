"""Optimizers that give each parameter a rate of its own. g is the gradient, η the learning rate.

All of them divide by the root of an accumulator h of squared gradients. `epsilon` keeps that from being a division by
zero, and `epsilon_inside` says where it sits: √(h + ε) if true, √h + ε if false.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zerosweep.errors import SettingError
from zerosweep.optim.optimizer import Optimizer, Vector
from zerosweep.recipe import added_later, number, one_of

NEARLY_ZERO = 1e-30
"""What float32 could not tell from zero is below this."""


def root(h: Vector, epsilon: float, inside: bool, out: Vector) -> Vector:
    """√(h + ε) or √h + ε into `out`."""
    if inside:
        return np.sqrt(np.add(h, epsilon, out=out), out=out)
    np.sqrt(h, out=out)
    return np.add(out, epsilon, out=out) if epsilon else out


@dataclass
class AdaGrad(Optimizer):
    """h ← h + g²;  θ ← θ - η g / √h, from h₀ = 1e-4 and with ε = 0 (Duchi et al. 2011; experiment E4).

    Its rate only ever falls. initial_accumulator: h₀ >= 0; epsilon >= 0. Where one is (nearly) zero the other must not be, or
    a zero gradient divides by zero.

    first_step: "accumulated" adds g² from the first step on, so that no step is longer than η. "published" is the rule
    of the article's code: h = h₀ in the first step, θ ← θ - η g / √h₀, and h ← h + g² from the second step on. The
    first gradient is then never accumulated, and with h₀ = 1e-4 its step is η g / 0.01, as long as that comes to (E4:
    "Rabbit Challenge report, deep learning DAY2, part 2", the listing of AdaGrad).
    """

    lr: float = number(0.1, above=0)
    initial_accumulator: float = number(1e-4, at_least=0)
    epsilon: float = number(0.0, at_least=0)
    epsilon_inside: bool = False
    first_step: str = added_later(one_of("accumulated", "published"))
    accumulators: ClassVar[tuple[str, ...]] = ("h",)
    decays: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if max(self.initial_accumulator, self.epsilon) < NEARLY_ZERO:
            raise SettingError("epsilon", self.epsilon, f"must be >= {NEARLY_ZERO:g} where initial_accumulator is less")

    def initial(self, accumulator: str) -> float:
        return self.initial_accumulator

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        (h,) = accumulators
        step, divisor = scratch
        if t > 1 or self.first_step == "accumulated":
            np.add(h, np.multiply(gradient, gradient, out=step), out=h)
        np.multiply(gradient, lr, out=step)
        np.divide(step, root(h, self.epsilon, self.epsilon_inside, divisor), out=step)
        np.subtract(theta, step, out=theta)


@dataclass
class RMSProp(Optimizer):
    """h ← α h + (1-α) g²;  θ ← θ - η g / (√h + ε), from h = 0 (Tieleman & Hinton 2012, lecture 6.5; experiment E4).

    Without bias correction the first steps are up to 1/√(1-α) times too long. decay: 0 <= α < 1; epsilon > 0;
    initial_accumulator: h₀ >= 0.
    """

    decay: float = number(0.99, at_least=0, below=1)
    initial_accumulator: float = number(0.0, at_least=0)
    epsilon: float = number(1e-7, above=0)
    epsilon_inside: bool = False
    accumulators: ClassVar[tuple[str, ...]] = ("h",)

    def initial(self, accumulator: str) -> float:
        return self.initial_accumulator

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        (h,) = accumulators
        step, divisor = scratch
        np.multiply(gradient, gradient, out=step)
        np.multiply(step, 1 - self.decay, out=step)
        np.multiply(h, self.decay, out=h)
        np.add(h, step, out=h)
        np.multiply(gradient, lr, out=step)
        np.divide(step, root(h, self.epsilon, self.epsilon_inside, divisor), out=step)
        np.subtract(theta, step, out=theta)


@dataclass
class Adam(Optimizer):
    """m ← β₁ m + (1-β₁) g;  v ← β₂ v + (1-β₂) g²;  θ ← θ - η m̂ / (√v̂ + ε), with m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ), from
    m = v = 0 (Kingma & Ba 2015, Algorithm 1). A step is never much longer than η.

    The accumulators kept are M = m/(1-β₁) and V = v/(1-β₂): then M ← β₁ M + g needs one pass less than m does, and the
    factors left out are one number in the end. beta1, beta2: in [0, 1); epsilon > 0.
    """

    lr: float = number(0.001, above=0)
    beta1: float = number(0.9, at_least=0, below=1)
    beta2: float = number(0.999, at_least=0, below=1)
    epsilon: float = number(1e-8, above=0)
    epsilon_inside: bool = False
    accumulators: ClassVar[tuple[str, ...]] = ("M", "V")

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        first, second = accumulators
        square, divisor = scratch
        np.multiply(first, self.beta1, out=first)
        np.add(first, gradient, out=first)
        np.multiply(gradient, gradient, out=square)
        np.multiply(second, self.beta2, out=second)
        np.add(second, square, out=second)
        # m̂ = a M and v̂ = b² V, so η m̂ / (√v̂ + ε) = (η a / b) M / (√V + ε / b)
        a = (1 - self.beta1) / (1 - self.beta1**t)
        b = math.sqrt((1 - self.beta2) / (1 - self.beta2**t))
        epsilon = self.epsilon / b**2 if self.epsilon_inside else self.epsilon / b
        step = np.divide(first, root(second, epsilon, self.epsilon_inside, divisor), out=square)
        np.multiply(step, lr * a / b, out=step)
        np.subtract(theta, step, out=theta)


@dataclass
class AdamW(Adam):
    """θ ← θ - η λ θ, then Adam's update: weight decay apart from the gradient (Loshchilov & Hutter 2019, Algorithm 2).

    Every parameter decays, biases too, as in the paper. weight_decay: λ >= 0.
    """

    weight_decay: float = number(0.01, at_least=0)

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        np.multiply(theta, 1 - lr * self.weight_decay, out=theta)
        super().rule(theta, gradient, lr, t, scratch, *accumulators)

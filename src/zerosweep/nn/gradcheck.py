"""The gradient without calculus: central differences, to check backprop by, and to train small networks with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zerosweep.nn.layer import Array


def step_size(dtype: np.dtype) -> float:
    """ε^(1/3), where the rounding error ε/h and the truncation error h² of a central difference balance: about 5e-3 in
    float32 and 6e-6 in float64 (Press et al., Numerical Recipes, §5.7)."""
    return float(np.finfo(dtype).eps ** (1 / 3))


def numerical_gradient(f: Callable[[], float], theta: Array, out: Array, h: float | None = None) -> Array:
    """(f(θ_i + h) - f(θ_i - h)) / 2h for every i, written into `out: (P,)`.

    f reads `theta: (P,)`, which is perturbed one number at a time and is the same, bit for bit, when this returns or
    raises. That is 2 P evaluations of f. h: by default `step_size`, times |θ_i| where that is above 1: it would else be lost
    in the rounding of a large θ_i. Where h itself is lost in the rounding of θ_i, the derivative comes out as 0.
    """
    smallest = step_size(theta.dtype)
    for i in range(theta.size):
        value = theta[i]
        step = theta.dtype.type(h or smallest * max(1.0, abs(float(value))))
        try:
            theta[i] = above = value + step
            f_above = f()
            theta[i] = below = value - step
            f_below = f()
        finally:
            theta[i] = value
        width = float(above) - float(below)  # the step as it came out in this dtype
        out[i] = (f_above - f_below) / width if width else 0.0
    return out


def relative_error(a: Array, b: Array) -> float:
    """max |a - b| / max(|a|, |b|) with the largest magnitudes of the two: 0 for equal gradients, 2 for a wrong sign."""
    scale = max(float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return float(np.abs(a - b).max(initial=0)) / scale if scale else 0.0

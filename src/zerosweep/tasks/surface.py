"""Walking down a surface in the plane, to see how optimizers move (experiments E3 and E4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.recipe import Recipe, number, one_of
from zerosweep.tasks.problem import Hidden

COEFFICIENTS = {"bowl": (1.0, 1.0), "ravine": (1 / 20, 1.0)}
"""f(x₀, x₁) = a x₀² + b x₁²: the round bowl x₀² + x₁², and the ravine x₀²/20 + x₁², 20 times as steep across as along."""


@dataclass
class Surface(Recipe):
    """function: bowl (x₀² + x₁²) or ravine (x₀²/20 + x₁²); both are 0 at (0, 0), their minimum. start: [x₀, x₁], each within
    ±1e18, so that f is finite in float32."""

    function: str = one_of("bowl", "ravine")
    start: list[float] = number([-3.0, 4.0], at_least=-1e18, at_most=1e18)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.start) != 2:
            raise SettingError("start", self.start, "must be two numbers, as in [-3,4]")


class SurfaceProblem:
    """f and its exact gradient at theta = (x₀, x₁), (2,); `trajectory` has every point evaluated, the start first."""

    steps_per_epoch = 1
    classes: int | None = None
    measures: tuple[str, ...] = ("surface/value", "surface/x0", "surface/x1")

    def __init__(self, surface: Surface, dtype: DTypeLike = np.float32):
        self.surface = surface
        self.coefficients = np.array(COEFFICIENTS[surface.function], dtype)
        self.theta, self.gradient = np.array(surface.start, dtype), np.zeros(2, dtype)
        self.trajectory: list[tuple[float, float]] = []

    def loss_and_gradient(self) -> float:
        np.multiply(2 * self.coefficients, self.theta, out=self.gradient)
        return float(np.dot(self.coefficients, self.theta**2))

    def evaluate(self, observe: Callable[[Hidden], None]) -> dict[str, float]:
        """surface/value, and the point as surface/x0 and surface/x1."""
        x0, x1 = map(float, self.theta)
        self.trajectory.append((x0, x1))
        return {"surface/value": float(np.dot(self.coefficients, self.theta**2)), "surface/x0": x0, "surface/x1": x1}

    def hidden(self) -> Hidden:
        return ()

    def activations(self) -> dict[str, Array]:
        return {}

    def weights(self) -> dict[str, Array]:
        return {"x": self.theta}

"""Walking down a surface in the plane, to see how optimizers move (experiments E3 and E4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike

from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.recipe import number, one_of
from zerosweep.tasks.differentiation import MEASURE, Differentiation
from zerosweep.tasks.problem import Arrays, Hidden
from zerosweep.tasks.task import NETWORK_GROUPS, Task

COEFFICIENTS = {"bowl": (1.0, 1.0), "ravine": (1 / 20, 1.0)}
"""f(x₀, x₁) = a x₀² + b x₁²: the round bowl x₀² + x₁², and the ravine x₀²/20 + x₁², 20 times as steep across as along."""

FIELD = 11
"""Points along either axis of the gradient field."""


@dataclass
class Surface(Task):
    """function: bowl (x₀² + x₁²) or ravine (x₀²/20 + x₁²); both are 0 at (0, 0), their minimum. start: [x₀, x₁], each within
    ±1e18, so that f is finite in float32."""

    unused: ClassVar[tuple[str, ...]] = NETWORK_GROUPS

    function: str = one_of("bowl", "ravine")
    start: list[float] = number([-3.0, 4.0], at_least=-1e18, at_most=1e18)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.start) != 2:
            raise SettingError("start", self.start, "must be two numbers, as in [-3,4]")


def surface_measures(gradient_by: str) -> tuple[str, ...]:
    """The names of the metrics of an evaluation."""
    return ("surface/value", "surface/x0", "surface/x1", *([MEASURE] if gradient_by == "both" else []))


class SurfaceProblem:
    """f and its gradient at theta = (x₀, x₁), (2,); `trajectory` has every point evaluated, the start first.

    gradient_by: one of `differentiation.WAYS`; what stands for backprop is the exact gradient (2 a x₀, 2 b x₁)."""

    steps_per_epoch = 1
    classes: int | None = None

    def __init__(self, surface: Surface, dtype: DTypeLike = np.float32, gradient_by: str = "backprop"):
        self.surface = surface
        self.coefficients = np.array(COEFFICIENTS[surface.function], dtype)
        self.theta, self.gradient = np.array(surface.start, dtype), np.zeros(2, dtype)
        self.trajectory: list[tuple[float, float]] = []
        self.measures = surface_measures(gradient_by)
        self.differentiation = Differentiation(
            gradient_by, self.theta, self.gradient, backprop=self._exact, value=self.value, replay=self.value
        )

    def loss_and_gradient(self) -> float:
        return self.differentiation.loss_and_gradient()

    def value(self) -> float:
        """f."""
        return float(np.dot(self.coefficients, self.theta**2))

    def _exact(self) -> float:
        np.multiply(2 * self.coefficients, self.theta, out=self.gradient)
        return self.value()

    def evaluate(self, observe: Callable[[Hidden], None]) -> dict[str, float]:
        """surface/value, and the point as surface/x0 and surface/x1; gradient_difference where both gradients are computed."""
        x0, x1 = map(float, self.theta)
        self.trajectory.append((x0, x1))
        place = {"surface/value": self.value(), "surface/x0": x0, "surface/x1": x1}
        return place | self.differentiation.metrics

    def hidden(self) -> Hidden:
        return ()

    def activations(self) -> dict[str, Array]:
        return {}

    def arrays(self) -> dict[str, Arrays]:
        """trajectory: `path`, (T, 2), every point evaluated, and `coefficients`, (2,), of f. gradient_field: `x0`, `x1`: (n,),
        axes around the start, and `gradient`, (n, n, 2): at (x0[j], x1[i]), got in the way that the run gets its own."""
        path = {"path": np.array(self.trajectory, np.float64), "coefficients": self.coefficients}
        return {"trajectory": path, "gradient_field": self._field() | {"coefficients": self.coefficients}}

    def _field(self) -> dict[str, Array]:
        reach = max(map(abs, self.surface.start)) or 1.0
        axis = np.linspace(-reach, reach, FIELD).astype(self.theta.dtype)
        elsewhere = SurfaceProblem(self.surface, self.theta.dtype, self.differentiation.way)
        gradient = np.empty((FIELD, FIELD, 2), self.theta.dtype)
        for i, j in np.ndindex(FIELD, FIELD):
            elsewhere.theta[:] = axis[j], axis[i]
            elsewhere.loss_and_gradient()
            gradient[i, j] = elsewhere.gradient
        return {"x0": axis, "x1": axis, "gradient": gradient}

    def weights(self) -> dict[str, Array]:
        return {"x": self.theta}

"""Walking down a surface in the plane, to see how optimizers move (experiments E3 and E4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval2d
from numpy.typing import DTypeLike, NDArray

from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.recipe import added_later, number, one_of
from zerosweep.tasks.differentiation import MEASURE, Differentiation
from zerosweep.tasks.problem import Arrays, Hidden
from zerosweep.tasks.task import NETWORK_GROUPS, Task

QUADRATICS = {"bowl": (1.0, 1.0), "ravine": (1 / 20, 1.0)}
"""f(x₀, x₁) = a x₀² + b x₁²: the round bowl x₀² + x₁², and the ravine x₀²/20 + x₁², 20 times as steep across as along."""

POLYNOMIALS: dict[str, dict[tuple[int, int], float]] = {
    "saddle": {(0, 0): 1 / 4, (2, 0): 1 / 8, (1, 1): 3 / 4, (0, 2): 1 / 8,
               (4, 0): 1 / 64, (3, 1): -4 / 64, (2, 2): 6 / 64, (1, 3): -4 / 64, (0, 4): 1 / 64},
    "wells": {(0, 0): 1.2, (1, 0): -0.4, (2, 0): -1.8, (4, 0): 1.0, (0, 2): 1.0},
    "bowl_aside": {(0, 0): 2.8, (1, 0): -1.4, (0, 1): -2.24, (2, 0): 0.5, (1, 1): 0.3, (0, 2): 0.5},
    "valley": {(0, 0): 1.0, (1, 0): -2.0, (2, 0): 1.0, (4, 0): 100.0, (2, 1): -200.0, (0, 2): 100.0},
}  # fmt: skip
"""f(x₀, x₁) = Σ c x₀^i x₁^j by {(i, j): c}. All are at least 0, and 0 at their lowest points.

- saddle: u² + (v² - 1)²/4 with u = (x₀ + x₁)/2 and v = (x₁ - x₀)/2. At (0, 0), between two minima, it is flat.
- wells: (x₀ - 1)² ((x₀ + 1)² + 1/5) + x₁². It has a local minimum near (-0.9, 0), where it is 0.76.
- bowl_aside: ½ (x₀ - 0.8)² + 0.3 (x₀ - 0.8) (x₁ - 2) + ½ (x₁ - 2)², whose minimum a penalty draws towards (0, 0).
- valley: (1 - x₀)² + 100 (x₁ - x₀²)², a curved valley with a flat floor (Rosenbrock 1960).
"""

MINIMA = {
    "saddle": ((-1.0, 1.0), (1.0, -1.0)),
    "wells": ((1.0, 0.0),),
    "bowl_aside": ((0.8, 2.0),),
    "valley": ((1.0, 1.0),),
}
"""The lowest points of each surface; (0, 0) for the quadratics."""

FURTHEST = 1e8
"""The largest coordinate at which the polynomials are finite in float32."""

FIELD = 11
"""Points along either axis of the gradient field."""


@dataclass
class Surface(Task):
    """function: bowl (x₀² + x₁²), ravine (x₀²/20 + x₁²), saddle, wells (two of them, one deeper), bowl_aside or valley
    (Rosenbrock's); all are 0 at their lowest points. start: [x₀, x₁], each within ±1e18, or ±1e8 but for bowl and ravine, so that f is finite in
    float32. l1, l2: λ of a penalty λ Σ |x| or λ/2 Σ x², whose gradient is added to that of f; values are of f alone."""

    unused: ClassVar[tuple[str, ...]] = NETWORK_GROUPS

    function: str = one_of(*QUADRATICS, *POLYNOMIALS)
    start: list[float] = number([-3.0, 4.0], at_least=-1e18, at_most=1e18)
    l1: float = added_later(number(0.0, at_least=0))
    l2: float = added_later(number(0.0, at_least=0))

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.start) != 2:
            raise SettingError("start", self.start, "must be two numbers, as in [-3,4]")
        if self.function in POLYNOMIALS and max(map(abs, self.start)) > FURTHEST:
            allowed = f"must be within ±{FURTHEST:g} with function={self.function}"
            raise SettingError("start", self.start, allowed)


def coefficients(function: str) -> NDArray[np.float64]:
    """Return a and b of a quadratic, shape (2,), or c[i, j] of a polynomial, shape (m, n)."""
    if function in QUADRATICS:
        return np.array(QUADRATICS[function])
    terms = POLYNOMIALS[function]
    table = np.zeros([1 + max(powers[axis] for powers in terms) for axis in range(2)])
    for powers, factor in terms.items():
        table[powers] = factor
    return table


def surface_measures(gradient_by: str) -> tuple[str, ...]:
    """The names of the metrics of an evaluation."""
    return ("surface/value", "surface/x0", "surface/x1", *([MEASURE] if gradient_by == "both" else []))


class SurfaceProblem:
    """f and its gradient at theta = (x₀, x₁), (2,); `trajectory` has every point evaluated, the start first.

    gradient_by: one of `differentiation.WAYS`; what stands for backprop is the exact gradient (2 a x₀, 2 b x₁)."""

    steps_per_epoch = 1
    classes: int | None = None
    minimum = 0.0

    def __init__(self, surface: Surface, dtype: DTypeLike = np.float32, gradient_by: str = "backprop"):
        self.surface = surface
        self.coefficients = coefficients(surface.function).astype(dtype)
        self.minima = np.array(MINIMA.get(surface.function, ((0.0, 0.0),)))
        exact = self._quadratic if surface.function in QUADRATICS else self._polynomial
        self.theta, self.gradient = np.array(surface.start, dtype), np.zeros(2, dtype)
        self.trajectory: list[tuple[float, float]] = []
        self.measures = surface_measures(gradient_by)
        self.differentiation = Differentiation(
            gradient_by, self.theta, self.gradient, backprop=exact, value=self.value, replay=self.value
        )

    def loss_and_gradient(self) -> float:
        loss = self.differentiation.loss_and_gradient()
        if self.surface.l1:
            self.gradient += self.theta.dtype.type(self.surface.l1) * np.sign(self.theta)
        if self.surface.l2:
            self.gradient += self.theta.dtype.type(self.surface.l2) * self.theta
        return loss

    def value(self) -> float:
        """f."""
        if self.surface.function in QUADRATICS:
            return float(np.dot(self.coefficients, self.theta**2))
        return float(polyval2d(self.theta[0], self.theta[1], self.coefficients))

    def _quadratic(self) -> float:
        np.multiply(2 * self.coefficients, self.theta, out=self.gradient)
        return self.value()

    def _polynomial(self) -> float:
        for axis in range(2):
            self.gradient[axis] = polyval2d(self.theta[0], self.theta[1], polyder(self.coefficients, axis=axis))
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
        """trajectory: `path`, (T, 2), every point evaluated. gradient_field: `x0`, `x1`: (n,), axes around the start, and
        `gradient`, (n, n, 2): at (x0[j], x1[i]), got in the way that the run gets its own. Both: `coefficients` of f, as
        `coefficients` gives them, and `minima`, (k, 2), its lowest points."""
        surface = {"coefficients": self.coefficients, "minima": self.minima}
        path = {"path": np.array(self.trajectory, np.float64)}
        return {"trajectory": path | surface, "gradient_field": self._field() | surface}

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

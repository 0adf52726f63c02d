"""Where weights start. Biases start at zero.

The draw is made in float64 from the layer's own generator and then scaled, so runs that differ in the init's kind of
scale, in dtype or in batch normalization start from the same random numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.nn.layer import Parameter
from zerosweep.recipe import Recipe, number


@dataclass
class Initializer(Recipe):
    """Draws a weight of any shape with a standard deviation that may depend on its fans.

    A subclass is a dataclass. It implements `deviation` for normal weights of that standard deviation, or `draw` for
    any other distribution. Biases start at zero.
    """

    scale: float = number(1.0, above=0)

    def deviation(self, weight: Parameter) -> float:
        """Return the standard deviation σ of the draw.

        Args:
            weight: The weight to draw: its shape, and the numbers of units that each of its elements reads and writes.
        """
        raise NotImplementedError

    def draw(self, weight: Parameter, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return values of shape `weight.shape`, drawn from N(0, σ²).

        Args:
            weight: The weight to draw.
            rng: The only source of random numbers, so that the run repeats.
        """
        return self.deviation(weight) * rng.standard_normal(weight.shape)


class UniformDraw(Initializer):
    """Draws with the same σ from the uniform distribution on ±√3 σ."""

    def draw(self, weight: Parameter, rng: np.random.Generator) -> NDArray[np.float64]:
        return math.sqrt(3) * self.deviation(weight) * rng.uniform(-1, 1, weight.shape)


@dataclass
class Normal(Initializer):
    """N(0, scale²), whatever the layer's size: σ = scale."""

    scale: float = number(0.01, above=0)

    def deviation(self, weight: Parameter) -> float:
        return self.scale


@dataclass
class Uniform(UniformDraw):
    """Uniform on ±scale, whatever the layer's size."""

    scale: float = number(0.01, above=0)

    def deviation(self, weight: Parameter) -> float:
        return self.scale / math.sqrt(3)


@dataclass
class Xavier(Initializer):
    """σ = scale · √(2 / (fan_in + fan_out)): for sigmoid and tanh (Glorot & Bengio 2010, eq. 12)."""

    def deviation(self, weight: Parameter) -> float:
        return self.scale * math.sqrt(2 / (weight.fan_in + weight.fan_out))


@dataclass
class XavierUniform(UniformDraw, Xavier):
    """Uniform on ±scale · √(6 / (fan_in + fan_out)): "Glorot uniform" (Glorot & Bengio 2010, eq. 16)."""


@dataclass
class He(Initializer):
    """σ = scale · √(2 / fan_in): for ReLU (He et al. 2015, eq. 10)."""

    def deviation(self, weight: Parameter) -> float:
        return self.scale * math.sqrt(2 / weight.fan_in)


@dataclass
class HeUniform(UniformDraw, He):
    """Uniform on ±scale · √(6 / fan_in)."""


INITIALIZERS: dict[str, type[Initializer]] = {
    "normal": Normal,
    "uniform": Uniform,
    "xavier": Xavier,
    "xavier_uniform": XavierUniform,
    "he": He,
    "he_uniform": HeUniform,
}

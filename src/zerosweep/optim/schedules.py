"""Learning-rate schedules: what factor the learning rate has at a step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from zerosweep.recipe import Recipe, number


@dataclass
class Schedule(Recipe):
    """A factor on the optimizer's learning rate."""

    varies: ClassVar[bool] = True
    """Whether the learning rate can differ from step to step, so that it is recorded at every step."""

    def factor(self, step: int, steps: int) -> float:
        """The factor in update number `step` of `steps`; the first is step 0."""
        raise NotImplementedError


@dataclass
class Constant(Schedule):
    """1 throughout."""

    varies: ClassVar[bool] = False

    def factor(self, step: int, steps: int) -> float:
        return 1.0


@dataclass
class Step(Schedule):
    """gamma ^ ⌊step / every⌋: a drop by the factor gamma after each `every` steps."""

    every: int = number(1000, at_least=1)
    gamma: float = number(0.1, above=0, at_most=1)

    def factor(self, step: int, steps: int) -> float:
        return math.pow(self.gamma, step // self.every)


@dataclass
class Exponential(Schedule):
    """gamma ^ (step / every): the same fall as `step`, without the stairs."""

    every: int = number(1000, at_least=1)
    gamma: float = number(0.1, above=0, at_most=1)

    def factor(self, step: int, steps: int) -> float:
        return math.pow(self.gamma, step / self.every)


@dataclass
class Cosine(Schedule):
    """floor + (1 - floor) · ½ (1 + cos(π step / steps)): from 1 down to `floor` along half a cosine (Loshchilov & Hutter
    2017, eq. 5, without restarts)."""

    floor: float = number(0.0, at_least=0, below=1)

    def factor(self, step: int, steps: int) -> float:
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * step / steps))


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Step,
    "exponential": Exponential,
    "cosine": Cosine,
}

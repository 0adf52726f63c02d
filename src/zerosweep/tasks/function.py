"""Minimising a function of one vector that somebody gives, without data and without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from zerosweep.nn.layer import Array
from zerosweep.tasks.differentiation import MEASURE, Differentiation
from zerosweep.tasks.problem import Arrays, Hidden
from zerosweep.tasks.task import NETWORK_GROUPS, Task

VALUE = "surface/value"
"""The metric with the value of the function."""


@dataclass
class FunctionTask(Task):
    """Base class of tasks that minimise a function of one vector with the chosen optimizer.

    A subclass is a dataclass that implements `start` and `value_and_gradient`. Every step is an update; by default
    there are 100, and each is evaluated. The objective is the metric `surface/value`, minimised.
    """

    unused: ClassVar[tuple[str, ...]] = NETWORK_GROUPS
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {
            "trainer": {"epochs": None, "iterations": "${unless:${.epochs},100}", "eval_every": 1},
            "objective": {"metric": VALUE, "direction": "minimize"},
        }
    )

    def start(self) -> Array:
        """Return the point from which the minimisation starts, shape (n,)."""
        raise NotImplementedError

    def value_and_gradient(self, theta: Array, gradient: Array) -> float:
        """Return the value of the function and write its gradient. It is a pure function of `theta`.

        Args:
            theta: The point, shape (n,), float32 or float64. It must not be changed.
            gradient: Where the gradient goes, shape (n,). Its content is arbitrary before.
        """
        raise NotImplementedError


def function_measures(gradient_by: str) -> tuple[str, ...]:
    """Return the names of the metrics of an evaluation."""
    return (VALUE, *([MEASURE] if gradient_by == "both" else []))


class FunctionProblem:
    """The function of a task at the point `theta`, shape (n,).

    Args:
        task: The task.
        dtype: The type of the point and of the gradient.
        gradient_by: One of `differentiation.WAYS`; the task's own gradient stands for backprop.
    """

    steps_per_epoch = 1
    classes: int | None = None

    def __init__(self, task: FunctionTask, dtype: DTypeLike = np.float32, gradient_by: str = "backprop"):
        self.task = task
        self.theta = np.array(task.start(), dtype).reshape(-1)
        self.gradient, self._unused = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.measures = function_measures(gradient_by)
        self.differentiation = Differentiation(
            gradient_by, self.theta, self.gradient, backprop=self._exact, value=self.value, replay=self.value
        )

    def loss_and_gradient(self) -> float:
        return self.differentiation.loss_and_gradient()

    def value(self) -> float:
        """Return the value of the function at `theta`."""
        return float(self.task.value_and_gradient(self.theta, self._unused))

    def _exact(self) -> float:
        return float(self.task.value_and_gradient(self.theta, self.gradient))

    def evaluate(self, observe: Callable[[Hidden], None]) -> dict[str, float]:
        """Return the value of the function; with both gradients also their difference."""
        return {VALUE: self.value()} | self.differentiation.metrics

    def hidden(self) -> Hidden:
        return ()

    def activations(self) -> dict[str, Array]:
        return {}

    def arrays(self) -> dict[str, Arrays]:
        return {}

    def weights(self) -> dict[str, Array]:
        return {"theta": self.theta}

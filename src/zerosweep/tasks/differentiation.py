"""Ways to a gradient: backprop, central differences, or both of them, compared (experiment E3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zerosweep.nn.gradcheck import numerical_gradient, relative_error
from zerosweep.nn.layer import Array

WAYS = ("backprop", "numerical", "both")

MEASURE = "gradient_difference"
"""The metric that compares the two: see `Differentiation.difference`."""


class Differentiation:
    """Fills `gradient: (P,)` with the gradient of a loss at `theta: (P,)`.

    way: backprop; numerical, for central differences, which take 2 P evaluations of the loss; both, for backprop's gradient
    with the numerical one beside it.
    difference: between the two, the latest: max |a - b| over the parameters, relative to the largest |a| or |b|; None unless
    way is both. What it comes to by theory is at `nn.gradcheck.step_size`. compared: what it is the difference of, (P,) each,
    by "backprop" and "numerical". h: the distance of the differences; None for the best.
    """

    def __init__(
        self,
        way: str,
        theta: Array,
        gradient: Array,
        *,
        backprop: Callable[[], float],
        value: Callable[[], float],
        replay: Callable[[], float],
    ):
        """Choose the way once, for all steps.

        Args:
            backprop: Computes the loss and fills `gradient`.
            value: Computes the loss alone.
            replay: Computes it again, with what was random in the last pass replayed, as often as it is asked.
        """
        self.way, self.theta, self.gradient = way, theta, gradient
        self._backprop, self._value, self._replay = backprop, value, replay
        self.h: float | None = None
        self.difference: float | None = None
        self.compared: dict[str, Array] = {}
        if way == "both":
            self.compared = {"backprop": np.zeros_like(gradient), "numerical": np.zeros_like(gradient)}
        ways = {"backprop": backprop, "numerical": self._numerical, "both": self._both}
        self.loss_and_gradient: Callable[[], float] = ways[way]
        """Fill `gradient` and return the loss."""

    def _numerical(self) -> float:
        loss = self._value()
        numerical_gradient(self._replay, self.theta, self.gradient, self.h)
        return loss

    def _both(self) -> float:
        loss = self._backprop()
        np.copyto(self.compared["backprop"], self.gradient)  # penalties are added to the gradient afterwards
        numerical_gradient(self._replay, self.theta, self.compared["numerical"], self.h)
        self.difference = relative_error(*self.compared.values())
        return loss

    @property
    def metrics(self) -> dict[str, float]:
        """gradient_difference, of the last update; nothing before it, or where only one gradient is computed."""
        return {} if self.difference is None else {MEASURE: self.difference}

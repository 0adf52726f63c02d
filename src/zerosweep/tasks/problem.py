"""What the training loop needs to know of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from zerosweep.nn.layer import Activation, Array

Hidden = Iterable[tuple[str, Activation, Array]]
"""(name, activation, its outputs (N, units)) of each hidden layer."""


Arrays = Mapping[str, Array]
"""By name."""


class Problem(Protocol):
    """A function of one parameter vector, seen a mini-batch at a time.

    theta: (P,), which the optimizer moves in place; gradient: (P,), which `loss_and_gradient` overwrites.
    steps_per_epoch: mini-batches that cover the data once. classes: of a classification, else None. measures: the names of
    the metrics that `evaluate` will give.
    """

    theta: Array
    gradient: Array
    steps_per_epoch: int
    classes: int | None
    measures: tuple[str, ...]

    def loss_and_gradient(self) -> float:
        """The loss on the next mini-batch; its gradient, with penalties, goes into `gradient`."""
        ...

    def evaluate(self, observe: Callable[[Hidden], None]) -> dict[str, float]:
        """Metrics of theta as it is now, by their names in the store. `observe` is shown the hidden layers' outputs over
        the training data, chunk by chunk."""
        ...

    def hidden(self) -> Hidden:
        """The hidden layers as the last mini-batch left them."""
        ...

    def activations(self) -> dict[str, Array]:
        """Outputs of each hidden layer for a fixed sample of the training data, by layer; copies."""
        ...

    def arrays(self) -> dict[str, Arrays]:
        """What figures and findings need beyond metrics, by the name of the artifact that keeps it."""
        ...

    def weights(self) -> dict[str, Array]:
        """All that was learnt, by name; views."""
        ...

"""What every optimizer is: a recipe, a state apart from it, and an update in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zerosweep.recipe import Recipe, number

Vector = NDArray[np.floating]

BLOCK = 32_768
"""Numbers per block of an update: a block of every array involved stays in the processor's cache between operations."""

FLUSH_EVERY = 64
"""Updates between two flushes of the accumulators; see `State.flush`."""


@dataclass
class State:
    """What an optimizer remembers between updates of n parameters.

    t: updates done. accumulators: one (n,) vector per name in the optimizer's `accumulators`.
    """

    t: int
    accumulators: dict[str, Vector]

    def flush(self) -> None:
        """Set to zero what is about to decay into the denormals (below 1e-38 in float32).

        Processors are many times slower on denormals, and the moments of a weight whose input stays zero decay into
        them after some hundred updates. The threshold is far above the smallest normal number, so that nothing that is
        decayed by 0.9 or slower crosses the gap before the next flush, and so far below any gradient that it does not show.
        """
        for accumulator in self.accumulators.values():
            tiny = np.finfo(accumulator.dtype).tiny
            accumulator[np.abs(accumulator) < tiny * 1e6] = 0


@dataclass
class Optimizer(Recipe):
    """A rule θ ← θ + Δ(gradient, state), applied in place. The recipe holds settings only; `init` makes the state.

    A subclass is a dataclass. It implements `rule`, and names the vectors that the rule remembers in `accumulators`.
    It must be a pure function of its arguments, without random numbers and without attributes that change, so that a
    run repeats to the last bit.

    lr: the learning rate η > 0.
    """

    lr: float = number(0.01, above=0)

    accumulators: ClassVar[tuple[str, ...]] = ()
    """Names of the vectors that the rule remembers."""

    decays: ClassVar[bool] = True
    """Whether accumulators shrink where the gradient stays zero, and so want flushing."""

    def initial(self, accumulator: str) -> float:
        """Return the number that every element of an accumulator starts from."""
        return 0.0

    def init(self, n: int, dtype: DTypeLike = np.float32) -> State:
        """Return the state before the first update of n parameters."""
        return State(0, {name: np.full(n, self.initial(name), dtype) for name in self.accumulators})

    def update(self, theta: Vector, gradient: Vector, state: State, scale: float = 1.0) -> None:
        """Update all parameters once, in place, block by block.

        Args:
            theta: The parameters, shape (n,), overwritten.
            gradient: Their gradient, shape (n,).
            state: The state, which moves on.
            scale: The factor of the schedule on the learning rate.
        """
        state.t += 1
        n = len(theta)
        scratch = np.empty((2, min(n, BLOCK)), theta.dtype)
        for start in range(0, n, BLOCK):
            block = slice(start, start + BLOCK)
            part = theta[block]
            accumulators = [accumulator[block] for accumulator in state.accumulators.values()]
            self.rule(part, gradient[block], self.lr * scale, state.t, scratch[:, : len(part)], *accumulators)
        if self.decays and state.t % FLUSH_EVERY == 0:
            state.flush()

    def rule(self, theta: Vector, gradient: Vector, lr: float, t: int, scratch: Vector, *accumulators: Vector) -> None:
        """Update one block of m parameters, in place.

        The rule is elementwise: it is called for each block of the parameters, so that a mean or a norm over them would
        be one over the block. A rule that needs all parameters at once overrides `update` instead.

        Args:
            theta: The parameters, shape (m,), float32 or float64, overwritten.
            gradient: Their gradient, shape (m,). It must not be changed.
            lr: The learning rate of this update, with the factor of the schedule.
            t: The number of the update, from 1.
            scratch: Two vectors to compute in, shape (2, m). Their content is arbitrary.
            *accumulators: The vectors that `accumulators` names, in that order, each of shape (m,), overwritten.
        """
        raise NotImplementedError

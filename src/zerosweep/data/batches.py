"""Mini-batches of examples."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Examples

SAMPLINGS = ("shuffle", "with_replacement")


def batch_rows(n: int, batch_size: int, sampling: str, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield the row numbers of one mini-batch after another, without end.

    Args:
        n: The number of rows.
        batch_size: The number of rows in a mini-batch.
        sampling: "shuffle" uses each row exactly once an epoch, in a new order; the last mini-batch of an epoch is
            smaller if `batch_size` does not divide `n`. "with_replacement" draws the rows of a mini-batch
            independently.
        rng: The generator of the draws.
    """
    if sampling == "with_replacement":
        while True:
            yield rng.integers(0, n, batch_size)
    while True:
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            yield order[start : start + batch_size]


class Batches:
    """Mini-batches of `examples`, written into arrays that are allocated once.

    Attributes:
        per_epoch: The number of mini-batches in an epoch.
    """

    def __init__(self, examples: Examples, batch_size: int, sampling: str, rng: np.random.Generator):
        """Allocate the arrays; the arguments are those of `batch_rows`, over the rows of `examples`."""
        self.examples = examples
        self.rows = batch_rows(len(examples), batch_size, sampling, rng)
        self.per_epoch = math.ceil(len(examples) / batch_size)
        self._x = np.empty((batch_size, *examples.x.shape[1:]), examples.x.dtype)
        self._targets = np.empty((batch_size, *examples.targets.shape[1:]), examples.targets.dtype)

    def next(self) -> Examples:
        """Return the next mini-batch; the next call overwrites it."""
        rows = next(self.rows)
        x, targets = self._x[: len(rows)], self._targets[: len(rows)]
        np.take(self.examples.x, rows, axis=0, out=x, mode="clip")  # mode="clip" writes straight into out
        np.take(self.examples.targets, rows, axis=0, out=targets, mode="clip")
        return Examples(x, targets)

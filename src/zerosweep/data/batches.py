"""Mini-batches."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Examples

SAMPLINGS = ("shuffle", "with_replacement")


def batch_rows(n: int, batch_size: int, sampling: str, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Row numbers of one mini-batch after another, without end.

    shuffle: a new order of the n rows each epoch, cut into batches; the last of an epoch is smaller where batch_size does
    not divide n, so that each row comes up exactly once an epoch. with_replacement: batch_size rows drawn independently.
    """
    if sampling == "with_replacement":
        while True:
            yield rng.integers(0, n, batch_size)
    while True:
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            yield order[start : start + batch_size]


class Batches:
    """Deals out mini-batches of `examples` into arrays that are allocated once: a batch holds until the next is asked for."""

    def __init__(self, examples: Examples, batch_size: int, sampling: str, rng: np.random.Generator):
        self.examples = examples
        self.rows = batch_rows(len(examples), batch_size, sampling, rng)
        self.per_epoch = math.ceil(len(examples) / batch_size)
        self._x = np.empty((batch_size, *examples.x.shape[1:]), examples.x.dtype)
        self._targets = np.empty((batch_size, *examples.targets.shape[1:]), examples.targets.dtype)

    def next(self) -> Examples:
        rows = next(self.rows)
        x, targets = self._x[: len(rows)], self._targets[: len(rows)]
        np.take(self.examples.x, rows, axis=0, out=x, mode="clip")  # mode="clip" writes straight into out
        np.take(self.examples.targets, rows, axis=0, out=targets, mode="clip")
        return Examples(x, targets)

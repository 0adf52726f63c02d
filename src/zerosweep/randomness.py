"""Named random generators.

Each use of chance (`split`, `batches`, `init/dense1`, `dropout/dropout1`, ...) has a generator of its own, made from
the run's seed and that name alone. So two runs that differ in one setting still see the same mini-batches and, layer
for layer, the same draws; and no draw depends on what was drawn elsewhere or in which process.
"""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator called `name` of a run with this `seed` (an integer >= 0).

    The name becomes the spawn key of the seed's `SeedSequence`, which keeps the streams independent (NumPy's
    documentation, "Parallel random number generation"). SFC64 is NumPy's fastest generator for raw bits, which dropout
    draws for every unit at every step.
    """
    digest = hashlib.sha256(name.encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))

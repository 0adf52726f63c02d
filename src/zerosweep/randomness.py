"""Named random generators.

Each use of randomness (`split`, `batches`, `init/dense1`, `dropout/dropout1`, ...) has its own generator, which depends
only on the run's seed and on that name. Two runs that differ in one setting therefore see the same mini-batches and,
layer for layer, the same draws. No draw depends on other draws or on the process.
"""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the random generator of one use in a run.

    Args:
        seed: The run's seed, an integer >= 0.
        name: The use, such as "init/dense1".

    The name becomes the spawn key of the seed's `SeedSequence`, which keeps the streams independent (NumPy's
    documentation, "Parallel random number generation"). SFC64 is NumPy's fastest generator for raw bits, which dropout
    draws for every unit at every step.
    """
    digest = hashlib.sha256(name.encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))

"""The number of threads of BLAS, the library of NumPy's matrix products.

One thread per run is the fastest way to share the cores among runs. It also makes results reproducible to the last bit:
a matrix product that two threads sum may round differently.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Environment variables from which BLAS libraries read their number of threads when NumPy is imported."""


def limit_process() -> None:
    """Limit BLAS to one thread in this process and its children. Best called before NumPy is imported."""
    for variable in VARIABLES:
        os.environ[variable] = "1"
    if "numpy" in sys.modules:  # the library has read the environment already, so the limit is set in the library
        _controller().limit(limits=1, user_api="blas")


def one_thread() -> AbstractContextManager[object]:
    """Return a context that limits BLAS to one thread in this process, and restores the number of threads at its end."""
    context: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return context


@cache  # looking for the loaded libraries takes longer than setting their limits
def _controller() -> Any:
    import numpy as np  # noqa: F401  the libraries that are loaded now are limited
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

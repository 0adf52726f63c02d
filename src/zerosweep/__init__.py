"""zerosweep: neural networks written from zero in NumPy, composed by Hydra, swept and searched, kept in MLflow.

Importing the package, or any part of it, sets one BLAS thread for this process. That is the fastest way to share the
cores among runs, and the only way to equal bits: a matrix product summed by two threads may round differently.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The folder that holds conf/, src/, sweeps/ and mlruns/."""

BLAS_THREADS = "1"
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = BLAS_THREADS

if "numpy" in sys.modules:  # too late for the environment: tell the loaded library itself
    from threadpoolctl import threadpool_limits

    threadpool_limits(int(BLAS_THREADS), user_api="blas")

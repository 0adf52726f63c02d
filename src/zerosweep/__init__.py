"""zerosweep: neural networks written from zero in NumPy, composed by Hydra, swept and searched, recorded in MLflow.

Importing the package, or any part of it, limits BLAS to one thread in this process. One thread per run is the fastest
way to share the cores among runs. It also makes results reproducible to the last bit: a matrix product that two threads
sum may round differently.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The folder that holds conf/, src/, sweeps/ and mlruns/."""

BLAS_THREADS = "1"
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = BLAS_THREADS

if "numpy" in sys.modules:  # the BLAS library has read the environment already, so the limit is set in the library
    from threadpoolctl import threadpool_limits

    threadpool_limits(int(BLAS_THREADS), user_api="blas")

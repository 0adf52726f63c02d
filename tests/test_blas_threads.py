"""One BLAS thread, in a fresh process and in one that has NumPy already."""

import json
import subprocess
import sys

import pytest

from zerosweep import PROJECT

ASK = "import json, threadpoolctl, numpy; print(json.dumps(threadpoolctl.threadpool_info()))"


@pytest.mark.parametrize("order", ["import zerosweep, numpy", "import numpy, zerosweep"])
def test_there_is_one_blas_thread(order):
    command = [sys.executable, "-c", f"{order}; {ASK}"]
    said = subprocess.run(command, cwd=PROJECT / "src", capture_output=True, text=True, check=True).stdout
    assert {library["num_threads"] for library in json.loads(said) if library["user_api"] == "blas"} == {1}

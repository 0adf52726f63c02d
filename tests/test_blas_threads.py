"""One BLAS thread in the project's own processes and in its training, and the host's number everywhere else."""

import json
import subprocess
import sys

import numpy as np  # noqa: F401  its BLAS library is what the tests look at
import pytest
import threadpoolctl
from tests.conftest import PROJECT

from zerosweep.blas import one_thread

ASK = "import json, threadpoolctl, numpy; print(json.dumps(threadpoolctl.threadpool_info()))"
BEGIN = "from zerosweep import startup; startup.begin_worker()"


def blas_threads(code: str) -> set[int]:
    """The numbers of threads of the BLAS libraries after the code has run in a fresh process."""
    command = [sys.executable, "-c", f"{code}; {ASK}"]
    said = subprocess.run(command, cwd=PROJECT / "src", capture_output=True, text=True, check=True).stdout
    return {library["num_threads"] for library in json.loads(said) if library["user_api"] == "blas"}


@pytest.mark.parametrize("code", [BEGIN, f"import numpy; {BEGIN}"])
def test_a_process_of_the_project_has_one_thread(code):
    assert blas_threads(code) == {1}


def threads_here() -> set[int]:
    return {library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"}


def test_a_block_has_one_thread_and_leaves_the_host_its_own():
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        with one_thread():
            assert threads_here() == {1}
        assert threads_here() == {2}

"""The benchmark runs, and its figures have the promised form."""

import json
import subprocess
import sys

import pytest
from tests.conftest import PROJECT


@pytest.mark.long
@pytest.mark.slow
def test_the_step_benchmark_measures_every_workload(tmp_path):
    file = tmp_path / "times.json"
    command = [sys.executable, str(PROJECT / "benchmarks" / "step.py"), "--rounds", "2", "--json", str(file)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    times = json.loads(file.read_text())
    assert {"W1", "W2", "W3", "W4", "W5"} <= set(times)
    for name, workload in times.items():
        # of a CNN there is no book style; who is faster is for the benchmark to say, on a machine that does nothing else
        measured = {"limit_us", "ours_us"} if name.startswith("W5") else {"limit_us", "ours_us", "book_us"}
        assert measured <= workload.keys()
        assert all(time > 0 for time in workload.values())
    assert times["W3"]["ours_late_us"] > 0
    assert all(name in result.stdout for name in times)


def test_an_unknown_workload_is_refused(tmp_path):
    command = [sys.executable, str(PROJECT / "benchmarks" / "step.py"), "--workloads", "W9"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "W9" in result.stderr

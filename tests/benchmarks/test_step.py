"""The benchmark runs, and its figures have the promised form."""

import json
import subprocess
import sys

import pytest

from zerosweep import PROJECT


@pytest.mark.slow
def test_the_step_benchmark_measures_every_workload(tmp_path):
    file = tmp_path / "times.json"
    command = [sys.executable, str(PROJECT / "benchmarks" / "step.py"), "--rounds", "2", "--json", str(file)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    times = json.loads(file.read_text())
    assert {"W1", "W2", "W3", "W4", "W5"} <= set(times)
    for name, workload in times.items():
        assert workload["limit_us"] > 0
        # of a CNN there is no book style, and ours does without some of the products of the limit
        assert name.startswith("W5") or workload["limit_us"] < workload["ours_us"] < workload["book_us"]
    assert times["W3"]["ours_late_us"] > 0
    assert all(name in result.stdout for name in times)


def test_an_unknown_workload_is_refused(tmp_path):
    command = [sys.executable, str(PROJECT / "benchmarks" / "step.py"), "--workloads", "W9"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "W9" in result.stderr

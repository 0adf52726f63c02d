"""The benchmark of size runs, and its figures have the promised form."""

import json
import subprocess
import sys

import pytest
from tests.conftest import PROJECT


@pytest.mark.long
@pytest.mark.slow
def test_the_benchmark_of_size_measures_plans_and_starts(tmp_path):
    file = tmp_path / "scale.json"
    command = [sys.executable, str(PROJECT / "benchmarks" / "scale.py"), "--quick", "--parts", "planning,start"]
    ended = subprocess.run(
        [*command, "--json", str(file)], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (figures,) = json.loads(file.read_text()).values()
    assert {"plan_44_cpu_s", "plan_full_44_cpu_s", "plan_memory_mb", "plan_flatness", "first_run_s"} <= set(figures)
    assert 0 < figures["cached_six_cpu_s"] < figures["sweep_of_six_cpu_s"]
    assert all(name in ended.stdout for name in figures)
    assert {path.name for path in tmp_path.iterdir()} == {"scale.json"}

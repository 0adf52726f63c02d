"""The sweep benchmark runs, its figures have the promised form, and nothing of it is left behind."""

import json
import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from tests.conftest import PROJECT

BENCHMARKS = PROJECT / "benchmarks"

FIGURES = {
    "overhead": {"planning_and_dispatch_ms", "dispatch_flatness", "plan_alone_ms", "run_ms"},
    "tracking": {"tracking_and_figures_ms", "figures_ms", "bare_ms"},
    "peers": {"ours_to_basic", "ours_to_per_step", "ours_s", "basic_s", "per_step_s"},
}


def run(*command: object, cwd, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.slow
def test_the_sweep_benchmark_measures_what_needs_no_mnist(tmp_path):
    """All but the scaling, which is the same kind of part, and is the whole of what takes long."""
    file, scratch = tmp_path / "times.json", tmp_path / "scratch"
    scratch.mkdir()
    options = ["--quick", "--parts", ",".join(FIGURES), "--json", file]
    result = run(BENCHMARKS / "sweep.py", *options, cwd=tmp_path, TMPDIR=str(scratch))
    assert result.returncode == 0, result.stdout + result.stderr
    found = json.loads(file.read_text())
    assert set(found) == set(FIGURES)
    for part, figures in found.items():
        assert FIGURES[part] <= set(figures)
        assert all(math.isfinite(value) for value in figures.values())
        assert all(value > 0 for name, value in figures.items() if name.endswith("_s"))
        assert re.search(rf"^{part}: ", result.stdout, re.MULTILINE)
    assert found["peers"]["ours_to_basic"] == pytest.approx(
        found["peers"]["ours_s"] / found["peers"]["basic_s"], rel=0.01
    )
    assert not list(scratch.glob("zerosweep-bench-*"))
    assert {path.name for path in tmp_path.iterdir()} == {"times.json", "scratch"}


def test_a_part_that_has_no_data_says_so(tmp_path):
    mnist = PROJECT.parent / "shared" / "data" / "mnist"
    if mnist.is_dir():
        pytest.skip(f"{mnist} is there")
    result = run(BENCHMARKS / "sweep.py", "--parts", "e1", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "--mnist" in result.stdout


def test_the_book_style_e1_reports_every_scale(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1000, 784), dtype=np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(bytes(16) + images.tobytes())
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(bytes(8) + rng.integers(0, 10, 1000, dtype=np.uint8).tobytes())
    result = run(BENCHMARKS / "sweeps" / "book_e1.py", tmp_path, 1, cwd=tmp_path, OPENBLAS_NUM_THREADS="1")
    assert result.returncode == 0, result.stderr
    rows = np.array([line.split() for line in result.stdout.splitlines()[1:]], float)
    assert rows.shape == (16, 3)
    assert rows[:, 0] == pytest.approx(np.logspace(0, -4, 16), rel=0.01)
    assert ((rows[:, 1:] >= 0) & (rows[:, 1:] <= 1)).all()


@pytest.mark.parametrize(
    ("option", "value"), [("--parts", "speed"), ("--parts", ""), ("--rounds", "0"), ("--mnist", "nowhere")]
)
def test_a_wrong_option_is_refused(tmp_path, option, value):
    result = run(BENCHMARKS / "sweep.py", option, value, cwd=tmp_path)
    assert result.returncode == 2
    assert option in result.stderr

"""The search benchmark runs, its figures have the promised form, and its arithmetic is right."""

import json
import math
import subprocess
import sys

import pytest
from tests.conftest import PROJECT

PROGRAM = PROJECT / "benchmarks" / "search.py"


def run(*options, cwd):
    command = [sys.executable, str(PROGRAM), *map(str, options)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.long
@pytest.mark.slow
def test_the_search_benchmark_measures_both_parts(tmp_path, mnist_folder):
    result = run("--quick", "--json", "found.json", "--mnist", mnist_folder, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert found.keys() == {"throughput", "efficiency"}
    assert all(math.isfinite(value) for figures in found.values() for value in figures.values())
    throughput, efficiency = found["throughput"], found["efficiency"]
    assert throughput["uneven_ours_steps"] == throughput["uneven_barrier_steps"] > 0  # the same trials
    assert throughput["uneven_gain_low"] <= throughput["uneven_gain"] <= throughput["uneven_gain_high"]
    assert efficiency["budget_steps"] == 400
    for network in ("plain", "bn"):
        ours, chance = (efficiency[f"{network}_{arm}_400"] for arm in ("tpe_pruned", "random"))
        assert efficiency[f"{network}_tpe_pruned_minus_random_400"] == pytest.approx(ours - chance, abs=1e-4)
        assert 0 <= chance <= 1
    assert {path.name for path in tmp_path.iterdir()} == {"found.json"}


@pytest.mark.parametrize(
    ("option", "value"),
    [("--parts", "speed"), ("--arms", "tpe"), ("--arms", "grid"), ("--seeds", "1"), ("--runs", "0")],
)
def test_a_wrong_option_is_refused(tmp_path, option, value):
    result = run(option, value, cwd=tmp_path)
    assert result.returncode == 2
    assert option in result.stderr


def test_the_arithmetic(monkeypatch):
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    from searches.efficiency import compared
    from searches.race import Trace

    def trace(*best):
        return Trace([100 * (i + 1) for i in range(len(best))], best, 5, 1, 2)

    assert [trace(0.5, 0.7).at(steps) for steps in (0, 99, 100, 199, 1000)] == [0, 0, 0.5, 0.5, 0.7]
    arms = {"random": [trace(0.2), trace(0.4), trace(0.6)], "tpe": [trace(0.2, 0.3), trace(0.4, 0.6), trace(0.6, 0.9)]}
    found = compared(arms, 200, "random")
    assert found["tpe_minus_random_100"] == found["tpe_minus_random_100_low"] == 0
    assert found["tpe_minus_random_200"] == pytest.approx(0.2)
    # by hand: differences 0.1, 0.2, 0.3 have a deviation of 0.1, and t is 4.303 for two degrees of freedom
    half = 4.3027 * 0.1 / math.sqrt(3)
    assert found["tpe_minus_random_200_high"] == pytest.approx(0.2 + half, abs=1e-4)
    assert found["tpe_minus_random_200_low"] == pytest.approx(0.2 - half, abs=1e-4)
    assert (found["tpe_wins"], found["tpe_losses"]) == (3, 0)
    assert (found["tpe_trials"], found["tpe_pruned"], found["tpe_diverged"]) == (5, 1, 2)

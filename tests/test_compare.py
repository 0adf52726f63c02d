"""The command `python src/compare.py`, in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PROJECT

from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.training.records import Evaluation

SCRIPT = PROJECT / "src" / "compare.py"


@pytest.fixture
def compare(environment, experiment, tmp_path):
    """Run the command in an empty folder and wait for it."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(SCRIPT), *words, f"tracking.experiment={experiment}"]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture
def kept(store, experiment):
    for bn, top in (("true", 0.95), ("false", 0.5)):
        for seed in ("0", "1"):
            info = RunInfo(
                store, experiment, f"bn={bn}", {"bn": bn, "seed": seed}, {"role": "run", "verdict": "learned"}
            )
            with RunLog(info) as log:
                for step in range(3):
                    log.record(Evaluation(step, {"val/accuracy": top * step / 2 - 0.01 * int(seed)}))


@pytest.mark.usefixtures("kept")
def test_a_comparison_is_drawn_and_kept(compare, tmp_path):
    result = compare('params.bn = "true" and metrics.`val/accuracy` > 0.9', "report.y=val/accuracy")
    assert result.stderr == ""
    assert result.returncode == 0
    counts, best, report = result.stdout.splitlines()
    assert counts == "2 runs: 2 finished; 2 learned"
    assert best == "best: val/accuracy=0.945, the mean of 2 runs"
    page = Path(report.removeprefix("report: "))
    assert "python src/compare.py &#39;params.bn = &#34;true&#34; and" in page.read_text()
    assert list((page.parent / "figures").glob("*.png"))
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_is_one_line(compare):
    result = compare("", "reprt.y=train/accuracy")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "reprt.y=train/accuracy: no such setting; did you mean report?\n"


def test_without_a_filter_the_usage(compare):
    result = compare()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: python src/compare.py 'FILTER'")
    assert len(result.stderr.splitlines()) == 1


def test_help(compare):
    result = compare("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "metrics.`val/accuracy` > 0.9" in result.stdout


def test_ctrl_c_ends_it_in_order(environment, tmp_path):
    slow = "import time, zerosweep.report.comparison as c; c.compare = lambda words: print('begun', flush=True) or time.sleep(60)"
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.path.insert(0, {str(PROJECT / 'src')!r}); {slow}")
    command, paths = [sys.executable, str(SCRIPT), ""], environment | {"PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(command, env=paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "interrupted\n")


def test_the_entry_point_is_short():
    assert len(SCRIPT.read_text().splitlines()) <= 40

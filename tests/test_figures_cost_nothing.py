"""A figure is never worth a run: whatever goes wrong with Matplotlib, the run is saved."""

import subprocess

import pytest
from tests.conftest import train_command

SHORT = ("trainer.iterations=20", "model.hidden=[10]")

DRIVER = """
import os, runpy, signal, sys
from zerosweep.figures.run import learning_curves
def broken(*_, **__):
    {wrong}
learning_curves.draw = broken
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Train with learning curves that cannot be drawn."""

SIGNALLED = """try:
        os.kill(os.getpid(), signal.{name})
    except BaseException:
        pass
    raise ValueError("Invalid bounding box")"""
"""As Matplotlib does where its compiled code calls Python: the signal's exception ends as another."""


@pytest.fixture
def train_with(environment, experiment, tmp_path):
    def run(wrong):
        python, *command = train_command(*SHORT, experiment=experiment)
        driver = [python, "-c", DRIVER.format(wrong=wrong), *command]
        return subprocess.run(
            driver, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.mark.slow
def test_a_figure_that_cannot_be_drawn_costs_no_run(train_with, runs, store):
    from zerosweep.tracking.store import open_store

    result = train_with("raise ValueError('Invalid bounding box')")
    assert result.returncode == 0, result.stderr
    assert "figures/learning_curves.png could not be drawn: ValueError: Invalid bounding box" in result.stdout
    (run,) = runs()
    assert run.info.status == "FINISHED"
    names = {entry.path for entry in open_store(store).list_artifacts(run.info.run_id, "figures")}
    assert names == {
        f"figures/{name}" for name in ("learning_curves.txt", "predictions.png", "activation_histograms.png")
    }


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), pytest.param("SIGINT", 130, marks=pytest.mark.long)])
def test_a_signal_inside_a_figure_kills_the_run_and_does_not_fail_it(name, code, train_with, runs):
    result = train_with(SIGNALLED.format(name=name))
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    (run,) = runs()
    assert run.info.status == "KILLED"
    assert run.data.metrics["time/steps"] == 20


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend", ["nosuch", pytest.param("module://matplotlib_inline.backend_inline", marks=pytest.mark.long)]
)
def test_a_backend_that_is_absent_costs_nothing(backend, train, runs):
    result = train("-m", "optimizer=sgd,adam", *SHORT, MPLBACKEND=backend)
    assert result.returncode == 0, result.stderr
    assert [run.info.status for run in runs()] == ["FINISHED"] * 2
    assert [run.info.status for run in runs("summary")] == ["FINISHED"]

"""Runs that raise, workers that die, runs that take too long: each loses only its own job and is explained."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.conftest import train_command
from tests.sweeps import GRID, finished, statuses

from zerosweep.tracking.store import open_store

TRAP = '''
"""Have runs of certain seeds come to grief at their third step, as $GRIEF says: seed=what, ..."""

import importlib.abc, importlib.util, os, signal, sys, time
from pathlib import Path


class Trap(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "zerosweep.runs.assemble":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            set_up(module)

        spec.loader.exec_module = exec_module
        return spec


def set_up(module):
    real = module.assemble
    grief = dict(one.split("=") for one in os.environ["GRIEF"].split(","))

    def assemble(settings):
        problem = real(settings)
        if what := grief.get(str(settings.seed)):
            step, steps = problem.loss_and_gradient, []

            def loss_and_gradient():
                steps.append(1)
                if len(steps) == 3:
                    wait_until_recorded(settings)
                    come_to_grief(what)
                return step()

            problem.loss_and_gradient = loss_and_gradient
        return problem

    module.assemble = assemble


def wait_until_recorded(settings):
    from zerosweep.runs.identity import identify
    from zerosweep.jobs.reuse import equal_runs

    while not any(run.status == "RUNNING" and run.params for run in equal_runs(settings, identify(settings))):
        time.sleep(0.05)


def come_to_grief(what):
    first = Path(__file__).with_name("once")
    if what == "raises":
        raise RuntimeError(os.environ.get("MESSAGE", "no such luck"))
    if what == "dies" or (what == "dies once" and not first.exists()):
        first.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hangs":
        time.sleep(600)


sys.meta_path.insert(0, Trap())
'''

SHORT = ("trainer.iterations=10", "tracking.figures=false", "report.figure=none")


@pytest.fixture
def sweep_with_grief(train, tmp_path):
    """Return a function that runs a sweep in which the runs of certain seeds fail in a given way."""
    folder = tmp_path / "trap"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TRAP)

    def sweep(grief, *arguments):
        of_seeds = ",".join(f"{seed}={what}" for seed, what in grief.items())
        return train("-m", *SHORT, *arguments, PYTHONPATH=str(folder), GRIEF=of_seeds)

    return sweep


@pytest.fixture
def text(store):
    """Return a function that reads an artifact of a run."""
    return lambda run, path: Path(open_store(store).download_artifacts(run.info.run_id, path)).read_text()


def with_seed(runs, seed):
    """Return the runs of this seed, the latest first."""
    return [run for run in runs if run.data.params["seed"] == str(seed)]


@pytest.mark.slow
def test_one_run_raises_one_worker_dies_and_ten_of_twelve_notice_nothing(sweep_with_grief, runs, text):
    result = sweep_with_grief({3: "raises", 7: "dies once"}, "seed=range(12)", "hydra.launcher.workers=3")
    assert result.returncode == 1
    assert statuses(runs()) == ["FAILED"] + ["FINISHED"] * 11 + ["KILLED"]
    (raised,) = with_seed(runs(), 3)
    assert raised.info.status == "FAILED"
    assert raised.data.tags["error"] == "RuntimeError: no such luck"
    assert "in come_to_grief" in text(raised, "traceback.txt")
    again, killed = with_seed(runs(), 7)
    assert (again.info.status, killed.info.status) == ("FINISHED", "KILLED")
    assert killed.data.tags["error"] == "its worker process died (signal SIGKILL)"

    happened, _, table = result.stderr.partition("1 failed\n")
    assert sorted(happened.splitlines()) == [
        "again: seed=7: its worker process died (signal SIGKILL)",
        "failed: seed=3: RuntimeError: no such luck",
    ]
    assert re.search(rf"seed=3 .* RuntimeError: no such luck .* {raised.info.run_id}", table)
    assert "seed=7" not in table
    assert "11 finished, 1 failed" in result.stdout
    assert killed.info.run_id not in result.stdout  # what became of its job is on stderr, once


@pytest.mark.long
@pytest.mark.slow
def test_what_is_explained_where_nothing_is_tried_again(sweep_with_grief, runs):
    result = sweep_with_grief({1: "dies once"}, "seed=range(4)", "hydra.launcher.retries=0")
    assert result.returncode == 1
    assert statuses(runs()) == ["FINISHED"] * 3 + ["KILLED"]
    (killed,) = with_seed(runs(), 1)
    happened, _, table = result.stderr.partition("1 failed\n")
    assert happened == "failed: seed=1: its worker process died (signal SIGKILL)\n"
    assert re.search(rf"seed=1 .* its worker process died \(signal SIGKILL\) .* {killed.info.run_id}", table)


@pytest.mark.long
@pytest.mark.slow
def test_a_run_that_always_kills_its_worker_is_tried_twice(sweep_with_grief, runs):
    result = sweep_with_grief({0: "dies"}, "seed=range(5)", "hydra.launcher.workers=2")
    assert result.returncode == 1
    assert statuses(runs()) == ["FINISHED"] * 4 + ["KILLED"] * 2
    assert {run.data.tags["error"] for run in with_seed(runs(), 0)} == {"its worker process died (signal SIGKILL)"}
    assert [line.split(":")[0] for line in result.stderr.splitlines()[:2]] == ["again", "failed"]


@pytest.mark.long
@pytest.mark.slow
def test_a_run_that_raises_is_tried_again_where_that_is_asked_for(sweep_with_grief, runs):
    result = sweep_with_grief({0: "raises"}, "seed=range(2)", "hydra.launcher.retries=2")
    assert result.returncode == 1
    assert statuses(runs()) == ["FAILED"] * 3 + ["FINISHED"]


@pytest.mark.long
@pytest.mark.slow
def test_a_run_that_takes_too_long_is_stopped_and_the_others_go_on(sweep_with_grief, runs):
    limits = ("hydra.launcher.timeout=10", "hydra.launcher.workers=2")
    result = sweep_with_grief({1: "hangs"}, "seed=range(6)", *limits)
    assert result.returncode == 1
    assert statuses(runs()) == ["FINISHED"] * 5 + ["KILLED"] * 2
    why = "took longer than hydra.launcher.timeout=10 seconds"
    assert {run.data.tags["error"] for run in with_seed(runs(), 1)} == {why}
    assert result.stderr.splitlines()[:2] == [f"again: seed=1: {why}", f"failed: seed=1: {why}"]
    started = [line.split()[1] for line in result.stdout.splitlines() if "learned" in line or "stuck" in line]
    assert {"seed=0", "seed=2", "seed=3", "seed=4", "seed=5"} <= {word.rstrip(":") for word in started}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["-m", "optimizer.lr=0.1,0.01,-1"], "optimizer.lr=-1.0: must be > 0"),
        (["-m", "seed=0,1", "dataset=mnist", "dataset.dir=nowhere"], "dataset.dir=nowhere: no such folder"),
    ],
)
def test_a_mistake_in_any_of_them_is_one_line_and_no_run(arguments, line, train, runs):
    result = train(*arguments)
    assert result.returncode == 2
    assert result.stderr == f"{line}\n"
    assert runs() == []


@pytest.mark.long
@pytest.mark.slow
def test_with_space_again_a_sweep_on_a_full_disk_ends_whole(train, environment, experiment, tmp_path, runs):
    database = tmp_path / "mlflow.db"
    environment["MLFLOW_TRACKING_URI"] = uri = f"sqlite:///{database}"
    assert train("trainer.iterations=1", f"tracking.experiment={experiment}-other").returncode == 0
    blocks = database.stat().st_size // 512 + 200  # no file may become larger: for the rest, the disk is full
    sweep = (*GRID, "trainer.epochs=30")
    limited = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', str(blocks), *train_command(*sweep, experiment=experiment)]
    full = subprocess.run(
        limited, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert full.returncode == 1, full.stderr
    assert "Traceback" not in full.stderr, full.stderr
    assert train(*sweep).returncode == 0

    client = open_store(uri)
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    assert len({run.data.tags["config_id"] for run in finished(found)}) == len(finished(found)) == 6
    assert "RUNNING" not in [run.info.status for run in found]

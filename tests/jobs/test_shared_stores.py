"""Two machines sweep the same grid on one store, and one of them is killed: each run is done once, and none is lost.

The commands have different folders of locks, so that they see each other as commands of two machines do: only through
the store.
"""

import os
import signal
import time
from collections import Counter

import pytest
from tests.sweeps import statuses, wait_for

from zerosweep.tracking.store import open_store

RUNS = 6

SWEEP = (
    "-m", f"seed=range({RUNS})", "trainer.epochs=600", "tracking.figures=false", "report.figure=none",
    "hydra.launcher.workers=2",
)  # fmt: skip

LEASE = 6.0


@pytest.fixture(params=["tracking server", "PostgreSQL"])
def shared(request):
    """The URI of a store that several machines can share."""
    if request.param == "PostgreSQL":
        return request.getfixturevalue("postgresql")
    return request.getfixturevalue("tracking_server").uri


@pytest.fixture
def on_machine(begin, shared, tmp_path):
    """Return a function that starts the sweep on the machine of this name."""

    def start(name, *more):
        (tmp_path / name).mkdir()
        return begin(
            *SWEEP, f"tracking.uri={shared}", f"hydra.sweep.dir={tmp_path}/{name}/logs", *more,
            ZEROSWEEP_LOCKS=str(tmp_path / name), ZEROSWEEP_LEASE=str(LEASE),
            MLFLOW_DEFAULT_ARTIFACT_ROOT=str(tmp_path / "artifacts"),
        )  # fmt: skip

    return start


@pytest.fixture
def recorded(shared, experiment):
    """Return a function that returns the runs of a role."""
    client = open_store(shared)

    def found(role="run"):
        known = client.get_experiment_by_name(experiment)
        return list(client.search_runs([known.experiment_id], f"tags.role = '{role}'")) if known else []

    return found


@pytest.mark.slow
@pytest.mark.long
def test_two_machines_share_a_sweep_and_one_is_killed(on_machine, recorded):
    first, second = on_machine("one"), on_machine("two")
    wait_for(lambda: len({run.data.tags["engine"] for run in recorded()}) == 2, 300)
    assert "KILLED" not in statuses(recorded())
    open_runs = {run.info.run_id for run in recorded() if run.info.status == "RUNNING"}
    engines = Counter(run.data.tags["engine"] for run in recorded())
    os.killpg(first.pid, signal.SIGKILL)  # the machine is gone
    killed = time.monotonic()
    first.wait()
    output, errors = second.communicate(timeout=600)
    assert second.returncode == 0, errors
    seconds = time.monotonic() - killed

    runs = recorded()
    finished = Counter(run.data.tags["config_id"] for run in runs if run.info.status == "FINISHED")
    closed = [run for run in runs if run.info.status == "KILLED"]
    print(f"{len(runs)} runs, {len(engines)} machines, done in {seconds:.0f} s after the kill, closed {len(closed)}")  # noqa: T201
    assert len(finished) == RUNS, "lost"
    assert set(finished.values()) == {1}, "done twice"
    assert {run.info.run_id for run in closed} <= open_runs, "a run was closed although its process was alive"
    assert len({run.data.tags["engine"] for run in closed}) <= 1
    assert "RUNNING" not in statuses(runs)
    assert f"{RUNS} runs: {RUNS} finished" in output


@pytest.mark.slow
@pytest.mark.long
def test_a_server_that_is_killed_and_comes_back_loses_nothing(tracking_server, begin, experiment, tmp_path):
    client = open_store(tracking_server.uri)
    commands = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        more = {"ZEROSWEEP_LOCKS": str(tmp_path / name), "ZEROSWEEP_LEASE": str(LEASE)}
        arguments = (*SWEEP, f"tracking.uri={tracking_server.uri}", f"hydra.sweep.dir={tmp_path}/{name}/logs")
        commands.append(begin(*arguments, **more))

    def recorded():
        known = client.get_experiment_by_name(experiment)
        return list(client.search_runs([known.experiment_id], "tags.role = 'run'")) if known else []

    wait_for(lambda: sum("train/loss" in run.data.metrics for run in recorded()) >= 2, 180)
    tracking_server.kill()
    time.sleep(LEASE)
    tracking_server.start()
    for command in commands:
        _, errors = command.communicate(timeout=600)
        assert command.returncode == 0, errors
    assert Counter(run.info.status for run in recorded()) == {"FINISHED": RUNS}
    assert len({run.data.tags["config_id"] for run in recorded()}) == RUNS

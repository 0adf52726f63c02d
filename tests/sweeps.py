"""Fixtures and helpers for tests of sweeps: running sweeps, their processes, jobs, and recorded runs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from itertools import count

import psutil
import pytest
from hydra import compose, initialize_config_dir
from tests.conftest import PROJECT, train_command

from zerosweep.config.read import Config, to_settings
from zerosweep.config.schemas import register
from zerosweep.jobs.job import job_of
from zerosweep.plugins import loading, parts
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store

GRID = ("-m", "optimizer=sgd,momentum,adam", "bn=true,false")


@pytest.fixture
def begin(environment, experiment, tmp_path):
    """Return a function that starts `python src/train.py ...` in a process group of its own, and returns at once."""
    with ExitStack() as begun:

        def start(*arguments, **more):
            process = subprocess.Popen(
                train_command(*arguments, experiment=experiment),
                env=environment | more, cwd=tmp_path, text=True, start_new_session=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            begun.callback(end, process)
            return process

        yield start


def end(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # also what its parent has left behind
    with process:
        pass


def wait_for(condition, seconds=90):
    """Wait for the first true value of `condition()` and return it."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return value


def descendants(process):
    """Return all children of the process, and their children."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def fork_servers(process):
    return [child for child in descendants(process) if is_server(child) and child.ppid() == process.pid]


def workers(process):
    """Return the workers, which are copies of the fork server and have its command line."""
    return [child for child in descendants(process) if is_server(child) and child.ppid() != process.pid]


def is_server(child):
    with suppress(psutil.Error):
        return "forkserver import main" in " ".join(child.cmdline())
    return False


def gone(processes, seconds=10):
    """Return whether all processes end within the time. A zombie counts as ended: a container may lack an init."""
    _, left = psutil.wait_procs(processes, seconds)
    return not any(map(alive, left))


def alive(process):
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def jobs(store, experiment, tmp_path):
    """Return a function that makes a job, as a sweep would, from each given list of overrides."""

    def make(*overrides):
        register()
        with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
            return [job(number, list(one)) for number, one in enumerate(overrides)]

    def job(number, overrides):
        settings = to_settings(
            compose("config", [f"tracking.uri={store}", f"tracking.experiment={experiment}", *overrides])
        )
        config = Config(
            settings, {}, overrides, {}, tmp_path / "logs" / str(number), "a-sweep", name_in_sweep=" ".join(overrides)
        )
        return job_of(number, config)

    return make


def with_status(runs, *wanted):
    return [run for run in runs if run.info.status in wanted]


def finished(runs):
    return [run for run in with_status(runs, "FINISHED") if run.data.tags["role"] == "run"]


def statuses(runs):
    return sorted(run.info.status for run in runs)


def curves(store, runs):
    """Return the curves of all finished runs, without those of time: config_id -> name -> sorted [(step, value)].

    No run may have two values at one step, and no two runs may have the same config_id.
    """
    client, found = open_store(store), {}
    for run in finished(runs):
        names = [name for name in run.data.metrics if not name.startswith("time/")]
        points = {
            name: sorted((p.step, p.value) for p in client.get_metric_history(run.info.run_id, name)) for name in names
        }
        for name, values in points.items():
            assert len({step for step, _ in values}) == len(values), f"{name} twice at one step"
        assert run.data.tags["config_id"] not in found, "a configuration finished twice"
        found[run.data.tags["config_id"]] = points
    return found


def said_of_runs(stdout):
    """Return the lines about single runs, such as "3/6 bn=true: learned: ...", without their numbers."""
    return [line.partition(" ")[2] for line in stdout.splitlines() if line.split("/")[0].isdigit()]


@pytest.fixture
def recorded() -> Callable[..., Recorded]:
    """Return a function that makes a recorded run, a second after the last one: recorded({"bn": "true"}, 0.9)."""
    numbers = count()

    def make(
        params: Mapping[str, str] | None = None,
        value: float | None = None,
        *,
        metric: str = "val/accuracy",
        status: str = "FINISHED",
        verdict: str = "learned",
        metrics: Mapping[str, float] | None = None,
        **tags: str,
    ) -> Recorded:
        number = next(numbers)
        return Recorded(
            run_id=f"{number:032x}",
            experiment_id="1",
            name=f"run {number}",
            status=status,
            started=1_700_000_000.0 + number,
            seconds=None if status == "RUNNING" else 0.5,
            params={"seed": "0", **(params or {})},
            metrics={**({} if value is None else {metric: value}), **(metrics or {})},
            tags={"verdict": verdict if status == "FINISHED" else "", "config_id": f"c{number}", **tags},
        )

    return make


@pytest.fixture
def no_plugins_left():
    """The schemas are registered, and every plugin that the test has loaded is forgotten at its end."""
    register()
    yield
    for plugin in list(loading._loaded.values()):
        del loading._loaded[plugin.module]
        loading._forget(plugin)
    assert parts.PARTS == {}

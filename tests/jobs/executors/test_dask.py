"""The launcher `hydra/launcher=dask` on a real cluster: a scheduler and workers in processes of their own."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.conftest import train_command

from zerosweep.errors import SettingError, UserError
from zerosweep.jobs.executors import dask
from zerosweep.jobs.executors.dask import outcome_of
from zerosweep.jobs.executors.settings import Cluster
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
psutil = pytest.importorskip("psutil")

LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
SHORT = ("trainer.iterations=20", "tracking.figures=false")
SECONDS_LONG = ("trainer.epochs=250", "tracking.figures=false")
ENDLESS = ("trainer.epochs=100000", "tracking.figures=false")


class Running:
    """A cluster of two workers with one thread each, without the environment variables of the tests' store."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.folder, self.file = folder, folder / "scheduler.json"
        self.environment = {name: value for name, value in environment.items() if not name.startswith("MLFLOW")}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start("scheduler", "--port", "0")
        self.workers = [self.start_worker(), self.start_worker()]

    def start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self.file), *LOCAL]
        with (self.folder / f"{what}-{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(
                [*command, *arguments], env=self.environment, cwd=self.folder, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        wait_until(self.file.exists)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--nthreads", "1", "--local-directory", str(self.folder))

    def kill_one(self) -> None:
        """Kill the process of one worker. Its nanny starts another."""
        nanny = psutil.Process(self.workers[0].pid)
        next(child for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())).kill()

    def end(self) -> None:
        """Stop all processes of the cluster."""
        alive = [process for process in self.processes if process.poll() is None]
        below = [child for process in alive for child in psutil.Process(process.pid).children(recursive=True)]
        for process in reversed(alive):
            process.terminate()
        for process in alive:
            process.wait(30)
        _, left = psutil.wait_procs(below, timeout=30)
        for process in left:
            process.kill()
        assert not left


@contextmanager
def cluster_in(folder: Path, environment: dict[str, str]) -> Iterator[Running]:
    made = Running(folder, environment)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Running]:
    with cluster_in(tmp_path_factory.mktemp("cluster"), dict(os.environ)) as made:
        yield made


def on(cluster: Running, *settings: str) -> tuple[str, ...]:
    return "-m", "hydra/launcher=dask", f"hydra.launcher.scheduler_file={cluster.file}", *settings


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def begin(environment, experiment, tmp_path):
    """Return a function that starts the program and returns at once."""
    begun = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = train_command(*arguments, experiment=experiment)
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def statuses(runs) -> Counter[str]:
    return Counter(run.info.status for run in runs())


def numbers(run) -> dict[str, float]:
    """Return the metrics of a run, without those of time."""
    return {name: value for name, value in run.data.metrics.items() if not name.startswith("time/")}


@pytest.mark.long
@pytest.mark.slow
def test_a_grid_is_done_by_the_cluster_and_then_answered_from_the_record(cluster, train, runs):
    grid = on(cluster, *SHORT, "seed=1,2,3", "optimizer=sgd,adam")
    first = train(*grid)
    assert first.returncode == 0, first.stderr
    assert "6 finished" in first.stdout
    assert "distributed" not in first.stdout + first.stderr
    assert statuses(runs) == {"FINISHED": 6}
    again = train(*grid)
    assert again.returncode == 0, again.stderr
    assert "6 cached" in again.stdout
    assert statuses(runs) == {"FINISHED": 6}


@pytest.mark.long
@pytest.mark.slow
def test_the_numbers_are_those_of_this_machine(cluster, train, runs):
    grid = ("-m", *SHORT, "seed=1,2", "bn=true,false")
    assert train(*grid).returncode == 0
    local = {run.data.tags["config_id"]: numbers(run) for run in runs()}
    assert train(*on(cluster, *grid[1:], "reuse=false")).returncode == 0
    ours = {run.data.tags["config_id"]: numbers(run) for run in runs()[:4]}
    assert len(runs()) == 8
    assert ours == local


@pytest.mark.long
@pytest.mark.slow
def test_a_dead_worker_of_dask_costs_one_attempt(cluster, begin, runs):
    sweep = begin(*on(cluster, *SECONDS_LONG, "seed=1,2,3,4,5,6"))
    wait_until(lambda: statuses(runs)["RUNNING"] == 2)
    cluster.kill_one()
    said, complained = sweep.communicate(timeout=180)
    assert sweep.returncode == 0, complained
    assert "6 finished" in said
    assert complained.count("again: seed=") == complained.count("its Dask worker died") == 1
    assert statuses(runs) == {"FINISHED": 6, "KILLED": 1}
    finished = {run.data.params["seed"] for run in runs() if run.info.status == "FINISHED"}
    assert len(finished) == 6


@pytest.mark.long
@pytest.mark.slow
def test_a_dead_process_below_a_worker_costs_one_attempt(cluster, begin, runs):
    sweep = begin(*on(cluster, *SECONDS_LONG, "seed=1,2,3"))
    wait_until(lambda: statuses(runs)["RUNNING"] == 2)
    at_work = max(
        (child for child in psutil.Process(cluster.workers[0].pid).children(recursive=True) if not child.children()),
        key=lambda child: sum(child.cpu_times()[:2]) if "forkserver" in " ".join(child.cmdline()) else -1,
    )
    at_work.send_signal(signal.SIGSEGV)
    _, complained = sweep.communicate(timeout=180)
    assert sweep.returncode == 0, complained
    assert "its worker process died (signal SIGSEGV)" in complained
    assert statuses(runs) == {"FINISHED": 3, "KILLED": 1}


@pytest.mark.long
@pytest.mark.slow
def test_a_job_that_takes_too_long_is_reported_and_the_others_finish(cluster, train, runs):
    limit = ("hydra.launcher.timeout=8", "hydra.launcher.retries=0")
    result = train(*on(cluster, "tracking.figures=false", "seed=1,2", "trainer.epochs=2,100000", *limit))
    assert result.returncode == 1
    told = [line for line in result.stderr.splitlines() if "took longer than hydra.launcher.timeout=8 seconds" in line]
    assert [line.startswith("failed: ") for line in told] == [True, True, False, False]  # and in the table at the end
    assert "2 finished, 2 failed" in result.stdout
    assert statuses(runs) == {"FINISHED": 2, "KILLED": 2}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sweep_that_is_stopped_ends_its_jobs(cluster, begin, runs, number, code):
    sweep = begin(*on(cluster, *ENDLESS, "seed=1,2,3"))
    wait_until(lambda: statuses(runs)["RUNNING"] == 2)
    sweep.send_signal(number)
    sweep.communicate(timeout=60)
    assert sweep.returncode == code
    assert statuses(runs) == {"KILLED": 2}
    assert all(process.poll() is None for process in cluster.processes)


@pytest.mark.long
@pytest.mark.slow
def test_what_a_killed_client_had_begun_is_finished_and_counts(cluster, begin, train, runs):
    grid = on(cluster, *SECONDS_LONG, "seed=1,2,3")
    sweep = begin(*grid)
    wait_until(lambda: statuses(runs)["RUNNING"] == 2)
    sweep.kill()
    again = train(*grid)
    assert again.returncode == 0, again.stderr
    assert statuses(runs) == {"FINISHED": 3}


@pytest.mark.long
@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_one_line_and_leaves_nothing_running(tmp_path, environment, begin, runs):
    with cluster_in(tmp_path, environment) as cluster:
        sweep = begin(*on(cluster, *ENDLESS, "seed=1,2,3"))
        wait_until(lambda: statuses(runs)["RUNNING"] == 2)
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        _, complained = sweep.communicate(timeout=60)
        assert sweep.returncode == 2
        assert complained.strip().endswith(
            "the scheduler is gone; once it is back, the same command does what is missing"
        )
        assert len(complained.splitlines()) == 1
        wait_until(lambda: statuses(runs) == {"KILLED": 2})


@pytest.mark.long
@pytest.mark.slow
def test_without_workers_jobs_wait_for_them(tmp_path, environment, begin, runs):
    with cluster_in(tmp_path, environment) as cluster:
        for worker in cluster.workers:
            worker.terminate()
            worker.wait(30)
        sweep = begin(*on(cluster, *SHORT, "seed=1,2"))
        time.sleep(5)
        assert sweep.poll() is None
        cluster.start_worker()
        said, complained = sweep.communicate(timeout=120)
        assert sweep.returncode == 0, complained
        assert "waiting for workers; start some with `dask worker tcp://127.0.0.1:" in said + complained
        assert statuses(runs) == {"FINISHED": 2}


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ((), "hydra.launcher.scheduler_file=null: must be given, or hydra.launcher.address"),
        (("hydra.launcher.scheduler_file=none.json",), "hydra.launcher.scheduler_file=none.json: no such file"),
        pytest.param(
            ("hydra.launcher.address=tcp://127.0.0.1:1",),
            "tcp://127.0.0.1:1: no Dask scheduler answers there",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_cluster_that_is_not_there_is_one_line(train, runs, settings, complaint):
    result = train("-m", "hydra/launcher=dask", *settings, "seed=1,2")
    assert result.returncode == 2
    assert result.stderr.startswith(complaint) and len(result.stderr.splitlines()) == 1
    assert "`dask scheduler --scheduler-file FILE`" in result.stderr
    assert "`dask worker --scheduler-file FILE`" in result.stderr
    assert not runs()


def test_only_one_way_to_the_scheduler_is_taken(tmp_path):
    with pytest.raises(SettingError, match="must not be given along with"):
        Cluster(address="tcp://127.0.0.1:8786", scheduler_file=str(tmp_path))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:x", "nothing://here"])
def test_no_scheduler_there(address, monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_SECONDS", 0.3)
    with pytest.raises(UserError, match=f"^{address}: no Dask scheduler answers there"):
        dask.connect(Cluster(address=address))


def test_a_scheduler_file_that_is_none(tmp_path):
    (tmp_path / "file").write_text("{}")
    with pytest.raises(UserError, match="file: no Dask scheduler answers there"):
        dask.connect(Cluster(scheduler_file=str(tmp_path / "file")))


def test_dask_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install 'zerosweep\[dask\]'"):
        dask.connect(Cluster(address="tcp://127.0.0.1:1"))


def remote(result=None, error=None):
    """Return a stand-in for Dask's future of a job that is done."""

    def give():
        if error:
            raise error
        return result

    return SimpleNamespace(result=give)


def test_an_outcome_comes_back():
    outcome = Outcome("finished", "id", "learned", 0.5, "a line")
    assert outcome_of(remote(("answer", pickle.dumps(outcome))), "here") == outcome


@pytest.mark.parametrize(
    ("done", "kind", "words"),
    [
        (remote(("answer", pickle.dumps(TimedOut("too long")))), TimedOut, "^too long$"),
        (remote(("answer", pickle.dumps(WorkerDied("signal")))), WorkerDied, "^signal$"),
        (remote(("answer", pickle.dumps(UserError("no store")))), UserError, "^no store$"),
        (remote(("died", "its Dask worker died")), WorkerDied, "^its Dask worker died$"),
        (remote(("unusable", "not importable")), UserError, "^not importable$"),
        (
            remote(error=distributed.KilledWorker("key", SimpleNamespace(address="tcp://a:1"), 3)),
            WorkerDied,
            r"^its Dask worker died \(tcp://a:1\)$",
        ),
        (remote(error=distributed.CancelledError("key")), UserError, "^here: the scheduler is gone"),
        (remote(error=OSError()), UserError, "^here: the scheduler is gone"),
        (remote(error=KeyError("key\nmore")), UserError, "^here: the cluster cannot take jobs"),
    ],
)
def test_what_goes_wrong_has_our_names(done, kind, words):
    with pytest.raises(kind, match=words):
        outcome_of(done, "here")


@pytest.fixture
def servers(monkeypatch, tmp_path):
    """Return the plugin of a worker, without Dask: the scheduler's metadata are a dictionary."""
    from tests.conftest import PROJECT

    from zerosweep.jobs.executors import servers

    kept: dict[tuple[str, ...], str] = {}
    scheduler = SimpleNamespace(
        get_metadata=lambda keys, default: kept.get(tuple(keys), default),
        set_metadata=lambda keys, value: kept.update({tuple(keys): value}),
    )

    monkeypatch.setattr(servers, "get_client", lambda: scheduler)
    monkeypatch.setattr(servers.Servers, "_prepare", lambda self: None)
    keys = iter("abc")
    made = servers.Servers("a sweep", [], {"MLFLOW_TRACKING_URI": "sqlite:///none.db"}, "", str(PROJECT / "src"))
    made.setup(SimpleNamespace(address="tcp://a:1", get_current_task=lambda: next(keys)))
    made.kept = kept
    yield made
    made.end()


def test_a_job_that_dask_starts_again_is_told_as_lost(servers):
    servers.kept["a sweep", "a"] = "tcp://b:2"
    assert servers.perform(b"") == ("died", "its Dask worker died (tcp://b:2)")
    assert servers.process is None


def test_a_worker_without_the_project_says_so(servers, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'zerosweep'\" >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    kind, why = servers.perform(b"")
    assert kind == "unusable"
    assert "cannot import zerosweep (ModuleNotFoundError: No module named 'zerosweep')" in why
    assert "install zerosweep" in why and "PYTHONPATH=" in why


@pytest.mark.slow
def test_a_server_answers_and_starts_again_after_its_death(servers):
    kind, answer = servers.perform(b"no job")
    assert kind == "answer"
    assert "is another version" in str(pickle.loads(answer))
    first = servers.process
    first.kill()
    first.wait()
    tracking = SimpleNamespace(uri=None)
    config = SimpleNamespace(settings=SimpleNamespace(tracking=tracking))
    kind, answer = servers.perform(pickle.dumps(Job(0, config, None, 1)))
    assert kind == "answer"
    assert "sqlite:///none.db: is not on " in str(pickle.loads(answer))
    assert servers.process is not first
    servers.idle.cancel()
    servers._end_if_idle()
    assert servers.process is None


def test_once_it_is_over_nothing_starts(servers):
    servers.over = True
    assert servers.perform(b"")[0] == "died"
    assert servers.process is None

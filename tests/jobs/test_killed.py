"""Sweeps that are killed, lose a process or are stopped: the same command then completes them as if undisturbed."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid

import pytest
from tests.conftest import PROJECT, train_command
from tests.sweeps import (
    GRID,
    curves,
    descendants,
    finished,
    fork_servers,
    gone,
    statuses,
    wait_for,
    with_status,
    workers,
)

from zerosweep.tracking.store import open_store

SWEEP = (*GRID, "trainer.epochs=20")
LONG = ("-m", "seed=0,1,2", "trainer.epochs=100000")


@pytest.fixture(scope="session")
def undisturbed(store, tmp_path_factory):
    """Return the curves of the undisturbed sweep, in an experiment of its own, and its duration in seconds."""
    experiment = f"undisturbed-{uuid.uuid4().hex[:8]}"
    environment = os.environ | {"MLFLOW_TRACKING_URI": store, "PYTHONWARNINGS": "ignore"}
    folder, began = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    subprocess.run(
        train_command(*SWEEP, experiment=experiment), env=environment, cwd=folder, capture_output=True, check=True
    )
    seconds = time.monotonic() - began
    client = open_store(store)
    return curves(store, client.search_runs([client.get_experiment_by_name(experiment).experiment_id])), seconds


@pytest.fixture
def whole(store, runs, undisturbed):
    """Return a check that the sweep is complete: each configuration once, no open run, equal numbers, one summary."""

    def check(context=""):
        found = curves(store, runs())
        assert len(finished(runs())) == 6, context
        assert found == undisturbed[0], context
        assert not with_status(runs(), "RUNNING"), context
        assert statuses(runs("summary")) == ["FINISHED"], context

    return check


def one_worker(process, rng):
    return [rng.choice(found)] if (found := workers(process)) else []


STRIKES = {
    "the parent": lambda process, rng: process.kill(),
    "one worker": lambda process, rng: kill(one_worker(process, rng)),
    "the parent and a worker": lambda process, rng: kill([*one_worker(process, rng), process]),
    "all at once": lambda process, rng: os.killpg(process.pid, signal.SIGKILL),
    "the fork server": lambda process, rng: kill(fork_servers(process)),
}


def kill(processes):
    for process in processes:
        process.kill()


@pytest.mark.slow
def test_a_sweep_whose_parent_is_killed_goes_on_when_asked_again(begin, train, runs, whole):
    sweep = begin(*SWEEP)
    wait_for(lambda: len(finished(runs())) >= 2)
    before = {run.info.run_id for run in finished(runs())}
    children = descendants(sweep)
    sweep.kill()
    assert gone(children), "processes outlive their parent"
    again = train(*SWEEP)
    assert again.returncode == 0, again.stderr
    assert before <= {run.info.run_id for run in finished(runs())}
    assert again.stdout.count(": cached ") >= len(before)
    whole()


MOMENTS, STRIKES_EACH = 12, 3
"""Number of moments to strike, spread from the start of a sweep until past its end, and number of strikes per sweep."""


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MOMENTS // STRIKES_EACH))
def test_whatever_is_killed_whenever_the_sweep_comes_whole(seed, begin, train, undisturbed, whole):
    moments = list(range(MOMENTS))
    random.Random(0).shuffle(moments)
    rng = random.Random(seed)
    story = [f"seed {seed}"]
    for strike in range(STRIKES_EACH):
        moment = 1.1 * undisturbed[1] * (moments[seed * STRIKES_EACH + strike] + rng.random()) / MOMENTS
        what = list(STRIKES)[(seed + 2 * strike) % len(STRIKES)]
        story.append(f"{what} at {moment:.2f} s")
        children = strike_at(begin(*SWEEP), moment, STRIKES[what], rng, story)
        assert gone(children), story
    again = train(*SWEEP)
    assert again.returncode == 0, (story, again.stderr)
    whole(story)


def strike_at(process, moment, strike, rng, story):
    """Strike at the moment, wait for the end, and return the child processes that there were."""
    time.sleep(moment)
    children = descendants(process)
    if process.poll() is None:
        strike(process, rng)
    _, errors = process.communicate(timeout=120)
    story.append(f"exit code {process.returncode}")
    assert process.returncode in (0, -signal.SIGKILL), (story, errors)
    return children


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "send", "code", "says"),
    [
        ("SIGINT", os.killpg, 130, "interrupted\n"),  # Ctrl-C reaches every process of a terminal
        ("SIGTERM", os.kill, 143, ""),
    ],
)
def test_a_stopped_sweep_leaves_nothing_open(name, send, code, says, begin, runs):
    sweep = begin(*LONG, "hydra.launcher.workers=2")
    wait_for(lambda: sum("train/loss" in run.data.metrics for run in runs()) == 2)
    children = descendants(sweep)
    send(sweep.pid, getattr(signal, name))
    _, errors = sweep.communicate(timeout=60)
    assert (sweep.returncode, errors) == (code, says)
    assert statuses(runs()) == ["KILLED", "KILLED"]
    assert statuses(runs("summary")) == ["KILLED"]
    assert gone(children, seconds=1)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGKILL", -signal.SIGKILL)])
def test_a_signal_to_all_processes_says_nothing_and_leaves_nothing_for_long(name, code, begin, train, runs, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    sweep = begin(*LONG, "hydra.launcher.workers=2", TMPDIR=str(temporary))
    wait_for(lambda: sum("train/loss" in run.data.metrics for run in runs()) == 2)
    children = descendants(sweep)
    assert list(temporary.iterdir())
    for process in [sweep, *children]:  # one that lives on for an instant would report the loss of the others
        process.send_signal(getattr(signal, name))
    _, errors = sweep.communicate(timeout=60)
    assert (sweep.returncode, errors) == (code, "")
    assert gone(children)
    again = train("-m", "seed=0", "trainer.iterations=2", "report.figure=none", TMPDIR=str(temporary))
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert not list(temporary.iterdir())
    assert not with_status(runs(), "RUNNING")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 0.5])
def test_a_ctrl_c_while_the_workers_get_ready_is_told_once(seconds, begin):
    sweep = begin(*LONG)
    wait_for(lambda: fork_servers(sweep))
    time.sleep(seconds)
    os.killpg(sweep.pid, signal.SIGINT)
    _, errors = sweep.communicate(timeout=60)
    assert (sweep.returncode, errors) == (130, "interrupted\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "send", "code"),
    [("SIGINT", os.killpg, 130), pytest.param("SIGTERM", os.kill, 143, marks=pytest.mark.long)],
)
def test_impatience_does_no_harm(name, send, code, begin, runs):
    sweep = begin(*LONG, "hydra.launcher.workers=2")
    wait_for(lambda: sum("train/loss" in run.data.metrics for run in runs()) == 2)
    for _ in range(8):
        if sweep.poll() is None:
            send(sweep.pid, getattr(signal, name))
        time.sleep(0.05)
    _, errors = sweep.communicate(timeout=60)
    assert "Traceback" not in errors
    assert sweep.returncode in (code, -getattr(signal, name))  # the second, if Python was about to end
    assert statuses(runs()) == ["KILLED", "KILLED"]


@pytest.mark.long
@pytest.mark.slow
def test_a_sweep_killed_while_it_reports_has_one_summary_in_the_end(begin, train, runs, whole):
    sweep = begin(*SWEEP)
    wait_for(lambda: len(finished(runs())) == 6)
    sweep.kill()
    sweep.wait()
    again = train(*SWEEP)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count(": cached ") == 6
    whole()


OPEN = "import sys; from zerosweep.tracking.store import open_store; open_store(sys.argv[1]).search_experiments()"


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.1, 1, 2])
def test_a_store_whose_maker_is_killed_is_made_again(seconds, tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    command = [sys.executable, "-W", "ignore", "-c", OPEN, uri]
    with subprocess.Popen(command, cwd=PROJECT / "src") as maker:
        wait_for(
            lambda: maker.poll() is not None or any(not path.name.endswith(".lock") for path in tmp_path.iterdir())
        )
        time.sleep(seconds)
        maker.kill()
    again = subprocess.run(command, cwd=PROJECT / "src", capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr

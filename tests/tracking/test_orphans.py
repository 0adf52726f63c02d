"""Runs whose process died are closed, and no others."""

import signal
import subprocess

import pytest
from tests.conftest import train_command
from tests.sweeps import wait_for
from tests.tracking.test_claims import held_elsewhere

from zerosweep.tracking.claims import CLAIM, claim, mark, visible
from zerosweep.tracking.mlflow_private import engine_of
from zerosweep.tracking.orphans import close, close_orphans
from zerosweep.tracking.record import find
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import experiment_id, open_store


def tags(config_id):
    return {"role": "run", "config_id": config_id, "code_id": "code", "data_id": "data"}


@pytest.fixture
def client(store):
    return open_store(store)


@pytest.fixture
def made(client, store, experiment):
    """The experiment's id."""
    return experiment_id(client, store, experiment)


@pytest.fixture
def begin(client, made):
    """Begin a run with these tags; its id."""
    return lambda tags: client.create_run(made, tags=tags).info.run_id


@pytest.fixture
def status(client):
    return lambda run_id: client.get_run(run_id).info.status


def test_a_run_that_nobody_holds_is_closed_and_says_why(begin, client, store, made, experiment):
    run_id = begin(tags(experiment))
    assert [run.run_id for run in close_orphans(client, store, made)] == [run_id]
    run = client.get_run(run_id)
    assert run.info.status == "KILLED"
    assert run.info.end_time is not None
    assert run.data.tags["error"] == "its process died without closing it"


def test_a_run_that_another_process_is_at_is_left_alone(begin, client, store, made, status, experiment):
    run_id = begin(tags(experiment))
    with held_elsewhere(store, experiment, experiment) as process:
        assert close_orphans(client, store, made) == []
        assert status(run_id) == "RUNNING"
        process.kill()
        process.wait()
        close_orphans(client, store, made)
        assert status(run_id) == "KILLED"


def test_runs_of_others_are_left_alone(begin, client, store, made, status):
    run_id = begin({"role": "run"})
    assert close_orphans(client, store, made) == []
    assert status(run_id) == "RUNNING"


def test_other_experiments_are_left_alone(begin, client, store, status, experiment):
    run_id = begin(tags(experiment))
    assert close_orphans(client, store, experiment_id(client, store, f"{experiment}-other")) == []
    assert status(run_id) == "RUNNING"


def test_a_summary_whose_process_died_is_closed_too(client, store, made, experiment, status):
    with pytest.raises(KeyboardInterrupt), RunLog(summary(store, experiment)) as kept:
        kept.wait()
        client.update_run(kept.run_id, status="RUNNING")
        raise KeyboardInterrupt
    client.update_run(kept.run_id, status="RUNNING")  # as if it had been killed
    close_orphans(client, store, made)
    assert status(kept.run_id) == "KILLED"


def summary(store, experiment):
    return RunInfo(store, experiment, "summary", {}, {"role": "summary", "sweep": "a-sweep"})


def test_a_run_that_has_ended_since_it_was_looked_up_keeps_its_status(client, store, made, experiment, status):
    info = RunInfo(store, experiment, "a run", {}, tags(experiment))
    with claim(store, experiment, tags(experiment)), RunLog(info) as kept:
        kept.wait()
        running = find(client, [made], "attributes.status = 'RUNNING'")
    assert len(running) == 1
    close(client, store, running, "it was slow")
    assert status(kept.run_id) == "FINISHED"
    assert "error" not in client.get_run(kept.run_id).data.tags


def test_only_a_run_whose_claim_can_be_seen_is_judged(store):
    run = tags("one")
    assert visible(store, "an experiment", run | mark(store, "an experiment", run))
    assert not visible(store, "an experiment", run | {CLAIM: "0123456789abcdef:5"}), "in another file"
    for other in ("postgresql:5", "lease:5"):
        assert not visible(store, "an experiment", run | {CLAIM: other}), "of who uses the store in another way"


@pytest.mark.slow
def test_on_a_database_server_the_runs_of_living_processes_are_left_alone(postgresql, experiment):
    client = open_store(postgresql)
    made = experiment_id(client, postgresql, experiment)
    ours = tags(experiment) | mark(postgresql, experiment, tags(experiment))
    run, early, elsewhere = (
        client.create_run(made, tags=claimed).info.run_id
        for claimed in (ours, tags(experiment), tags(experiment) | {CLAIM: "abc:5"})
    )
    with held_elsewhere(postgresql, experiment, experiment):
        assert close_orphans(client, postgresql, made) == []
    assert [run.run_id for run in close_orphans(client, postgresql, made)] == [run]
    assert {client.get_run(one).info.status for one in (early, elsewhere)} == {"RUNNING"}, "of early versions"
    engine_of(client).dispose()


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("-m", "report.figure=none")])
def test_a_command_closes_what_others_left_and_says_so_in_plain_words(way, train, begin, status, experiment):
    run_id = begin(tags(experiment))
    result = train(*way, "trainer.iterations=1", "tracking.figures=false")
    assert result.returncode == 0
    assert status(run_id) == "KILLED"
    (line,) = (line for line in result.stdout.splitlines() if run_id in line)
    assert line.startswith(f"closed {run_id} (")


@pytest.mark.slow
def test_of_two_equal_single_runs_the_one_that_lasts_is_left_alone(train, environment, experiment, tmp_path, runs):
    command = train_command("trainer.epochs=100000", experiment=experiment)
    settings = {"env": environment, "cwd": tmp_path, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **settings) as first, subprocess.Popen(command, **settings) as second:
        try:
            wait_for(lambda: len(runs()) == 2)
            first.send_signal(signal.SIGTERM)
            first.wait(60)
            assert train("trainer.iterations=1", "tracking.figures=false").returncode == 0
            assert second.poll() is None
            assert sorted(run.info.status for run in runs()) == ["FINISHED", "KILLED", "RUNNING"]
        finally:
            first.kill()
            second.kill()

"""A run in a real store, however it ends."""

import signal
from pathlib import Path

import pytest

from zerosweep import interruption
from zerosweep.errors import UserError
from zerosweep.tracking.params import as_typed
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import open_store
from zerosweep.training.records import Diverged, Evaluation, Step


@pytest.fixture
def info(store, experiment):
    return RunInfo(store, experiment, "a run", {"optimizer": "adam", "optimizer.lr": "0.1"}, {"role": "run"})


@pytest.fixture
def client(store):
    return open_store(store)


def test_a_finished_run(info, client):
    with RunLog(info) as log:
        for step in range(1, 2501):  # more than two calls' worth
            log.record(Step(step, 1 / step))
        log.record(Step(2501, 0.0, lr=0.01))
        log.record(Evaluation(2501, {"val/accuracy": 0.5}))
        log.file("config/config.yaml", "seed: 0\n")
        log.tags["verdict"] = "learned"
    run = client.get_run(log.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "a run"
    assert run.data.params == {"optimizer": "adam", "optimizer.lr": "0.1"}
    assert run.data.tags["role"] == "run"
    assert run.data.tags["verdict"] == "learned"
    assert run.data.metrics["val/accuracy"] == 0.5
    assert [(point.step, point.value) for point in client.get_metric_history(log.run_id, "lr")] == [(2501, 0.01)]
    losses = client.get_metric_history(log.run_id, "train/loss")
    assert {point.step: point.value for point in losses} == {step: 1 / step for step in range(1, 2501)}
    assert [entry.path for entry in client.list_artifacts(log.run_id, "config")] == ["config/config.yaml"]


def test_an_exception_fails_the_run_with_its_traceback(info, client):
    with pytest.raises(ZeroDivisionError), RunLog(info) as log:
        log.record(Step(1, 0.5))
        1 / 0  # noqa: B018
    run = client.get_run(log.run_id)
    assert run.info.status == "FAILED"
    assert run.data.tags["error"] == "ZeroDivisionError: division by zero"
    assert "1 / 0" in client_text(client, log.run_id, "traceback.txt")
    assert run.data.metrics["train/loss"] == 0.5


def test_a_mistake_before_the_first_record_leaves_no_run(info, runs):
    with pytest.raises(UserError), RunLog(info):
        raise UserError("images.idx: truncated")
    assert runs() == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stop_kills_the_run(stop, info, client):
    with pytest.raises(stop), RunLog(info) as log:
        raise stop
    assert client.get_run(log.run_id).info.status == "KILLED"


@pytest.mark.parametrize("body", [lambda: 1 / 0, lambda: None])
def test_a_stop_that_a_library_has_made_something_else_of_kills_the_run(body, info, client, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(interruption, "_asked", None)
    interruption.install()
    try:
        with pytest.raises(SystemExit), RunLog(info) as log:
            with pytest.raises(SystemExit):  # as compiled code does: Matplotlib's then raises a TypeError, or nothing
                signal.raise_signal(signal.SIGTERM)
            body()
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert client.get_run(log.run_id).info.status == "KILLED"


def test_numbers_that_are_not_finite_stay_out(info, client):
    with RunLog(info) as log:
        log.record(Evaluation(1, {"val/loss": float("nan"), "gradient_norm": float("inf"), "val/accuracy": 0.1}))
        log.record(Diverged(2, "loss"))
    run = client.get_run(log.run_id)
    assert run.data.metrics == {"val/accuracy": 0.1, "diverged_at": 2}
    assert run.data.tags["diverged_at"] == "2"


def test_more_params_than_one_call_takes(store, experiment, client):
    params = {f"group.setting{i}": str(i) for i in range(250)}
    with RunLog(RunInfo(store, experiment, "many", params)) as log:
        pass
    assert client.get_run(log.run_id).data.params == params


def test_an_exported_run_id_is_not_ours(info, client, monkeypatch):
    with RunLog(info) as other:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", other.run_id)
    with RunLog(info) as log:
        log.record(Step(1, 1.0))
    assert log.run_id != other.run_id
    assert client.get_run(other.run_id).data.metrics == {}


def test_a_failed_write_fails_the_run(info, client):
    with pytest.raises(FileExistsError), RunLog(info) as log:
        log.file("a", "a file")
        log.file("a/b", "in a file")
    assert client.get_run(log.run_id).info.status == "FAILED"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (0.01, "0.01"),
        (1e-10, "1e-10"),
        ([100, 50], "[100,50]"),
        ("adam", "adam"),
    ],
)
def test_values_read_as_on_the_command_line(value, text):
    assert as_typed(value) == text


def client_text(client, run_id, path):
    return Path(client.download_artifacts(run_id, path)).read_text()

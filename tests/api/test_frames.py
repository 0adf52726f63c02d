"""Data frames of the record: types, one row a run, and the same curves as MLflow's client gives."""

import math
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress

import pytest
from tests.sweeps import wait_for

import zerosweep as zs
from zerosweep.tracking import curves
from zerosweep.tracking.record import find
from zerosweep.tracking.recorded import recorded_of
from zerosweep.tracking.store import open_experiment, open_store


@pytest.fixture
def record(settings, store, experiment):
    """Make a run in the store from params and curves, and return its id."""
    from mlflow.entities import Metric

    opened = open_experiment(store, experiment)

    def make(params, history=None, status="FINISHED", **tags):
        run = opened.client.create_run(opened.id, tags={"role": "run"} | tags)
        for name, value in params.items():
            opened.client.log_param(run.info.run_id, name, value)
        metrics = [
            Metric(name, value, step, step) for name, values in (history or {}).items() for step, value in values.items()
        ]  # fmt: skip
        opened.client.log_batch(run.info.run_id, metrics)
        opened.client.set_terminated(run.info.run_id, status)
        return run.info.run_id

    return make


@pytest.fixture
def where(experiment):
    return {"tracking": {"experiment": experiment}}


def test_values_have_their_types_and_what_is_missing_is_missing(record, where):
    record({"optimizer": "sgd", "optimizer.lr": "0.1", "bn": "true", "seed": "0", "model.hidden": "[100,50]"})
    record({"optimizer": "adam", "optimizer.lr": "1e-05", "optimizer.beta1": "0.9", "bn": "false", "seed": "1"})
    frame = zs.runs("", where)
    assert frame["optimizer"].tolist() == ["adam", "sgd"]  # the latest first
    assert frame["bn"].dtype == bool
    assert frame["seed"].dtype == "int64"
    assert frame["optimizer.lr"].tolist() == [1e-5, 0.1]
    assert math.isnan(frame["optimizer.beta1"][1])
    assert frame["model.hidden"].tolist() == [None, [100, 50]]
    assert frame["started"].dt.tz is not None


def test_text_that_looks_like_a_number_stays_text(record, where):
    record({"tracking.run_name": "007", "optimizer": "sgd"})
    assert zs.runs("", where)["tracking.run_name"].tolist() == ["007"]


def test_there_is_a_row_for_each_run_of_any_status_and_none_for_a_summary(record, where):
    ids = [
        record({"bn": "true"}, status=status, sweep="a", verdict="stuck") for status in ("FINISHED", "FAILED", "KILLED")
    ]
    record({}, role="summary")
    frame = zs.runs('params.bn = "true"', where)
    assert frame["run_id"].tolist() == ids[::-1]
    assert frame["status"].tolist() == ["KILLED", "FAILED", "FINISHED"]
    assert set(frame["sweep"]) == {"a"}
    assert set(frame["verdict"]) == {"stuck"}


def test_a_metric_that_is_named_like_a_setting_has_a_column_of_its_own(record, where):
    record({"loss": "mse"}, {"loss": {0: 2.0, 1: 0.5}})
    frame = zs.runs("", where)
    assert (frame["loss"][0], frame["metrics.loss"][0]) == ("mse", 0.5)


def test_without_runs_the_frame_is_empty(record, where):
    assert zs.runs("", where).empty
    assert zs.curves(zs.runs("", where), "val/loss").empty


def test_a_mistake_costs_the_line_of_the_command_line(record, where):
    with pytest.raises(zs.UserError, match="write a filter as in"):
        zs.runs("bn = true", where)
    with pytest.raises(zs.SettingError, match=r"tracking.experiment=nowhere: no such experiment"):
        zs.runs("", tracking={"experiment": "nowhere"})
    with pytest.raises(zs.UserError, match=r"optimizer=adam: no such setting"):
        zs.runs("", where, optimizer="adam")
    with pytest.raises(zs.UserError, match="must name a metric"):
        zs.curves(zs.runs("", where))


CURVE = {0: 2.5, 1: 2.0, 2: 1.0}


def test_curves_are_those_that_the_client_reads(record, where, store):
    ids = [record({}, {"val/loss": {step: value + i for step, value in CURVE.items()}, "x": {5: i}}) for i in range(3)]
    lacking = record({}, {"x": {7: 1.0}})
    frame = zs.curves([*ids, lacking, "unknown"], "x", "val/loss")
    client = open_store(store)
    expected = [
        (run_id, metric, point.step, point.value)
        for run_id in [*ids, lacking]
        for metric in ("x", "val/loss")
        for point in client.get_metric_history(run_id, metric)
    ]
    assert list(frame.itertuples(index=False, name=None)) == expected
    assert zs.curves(zs.runs("", where), "x").run_id.tolist() == [lacking, *ids[::-1]]


def test_one_query_reads_all_curves(record, store, monkeypatch):
    from sqlalchemy import event

    ids = [record({}, {"val/loss": CURVE}) for _ in range(3)]
    client = open_store(store)
    asked = []
    event.listen(client.engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    assert len(curves.curves_of(client, store, ids, ["val/loss"])) == 9
    assert len(asked) == 1


@pytest.mark.parametrize("limit", [25_000, 5, 2])
def test_a_server_is_asked_for_many_runs_at_once_and_again_where_it_cuts(limit, monkeypatch):
    """Of the responses here at most `limit` values come, as of MLflow's server at most 25,000."""
    history = {f"run{i}": [(step, value * i) for step, value in CURVE.items()] for i in range(4)}
    asked = []

    def answer(client, run_ids, metric):
        asked.append(run_ids)
        found = [
            {"run_id": run_id, "step": step, "timestamp": 0, "value": value}
            for run_id in run_ids
            for step, value in history[run_id]
        ]
        return found[:limit], len(found) < limit

    monkeypatch.setattr(curves, "history_of_many", answer)
    monkeypatch.setattr(curves, "curve", lambda client, run_id, metric: ([0, 1, 2], [v for _, v in history[run_id]]))
    found = curves.curves_of(None, "http://127.0.0.1:1", [*history], ["val/loss"])
    assert found == [(run_id, "val/loss", step, value) for run_id, points in history.items() for step, value in points]
    assert (len(asked) == 1) == (limit == 25_000)


@pytest.mark.slow
def test_a_real_server_gives_the_same_curves(record, store, environment):
    ids = [record({}, {"val/loss": {step: value + i for step, value in CURVE.items()}}) for i in range(3)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store]
    quiet = environment | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with subprocess.Popen(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: answers(port))
            uri = f"http://127.0.0.1:{port}"
            found = curves.curves_of(open_store(uri), uri, ids, ["val/loss"])
        finally:
            server.terminate()
    assert len(found) == 9
    assert found == curves.curves_of(open_store(store), store, ids, ["val/loss"])


def answers(port):
    with suppress(OSError):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200


FILTERS = [
    "",
    'params.optimizer = "sgd"',
    'metrics.x > 1 and tags.mood = "good"',
    "attributes.status = 'FAILED'",
    "run_name LIKE '%a%'",
]


@pytest.mark.parametrize("query", FILTERS)
def test_many_runs_are_those_that_the_client_finds(query, record, store, experiment):
    record({"optimizer": "sgd"}, {"x": {0: 0.0, 1: 2.0}}, mood="good")
    record({"optimizer": "adam"}, {"x": {0: 3.0}}, mood="good")
    record({}, {"x": {0: 3.0}}, mood="bad", status="FAILED")
    deleted = record({"optimizer": "sgd"})
    opened = open_experiment(store, experiment)
    opened.client.delete_run(deleted)
    assert find(opened.client, [opened.id], query) == [
        recorded_of(run) for run in opened.client.search_runs([opened.id], query)
    ]

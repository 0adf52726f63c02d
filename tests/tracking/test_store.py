"""Where the store is, and opening it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PROJECT

from zerosweep.errors import SettingError, UserError
from zerosweep.tracking.store import experiment_id, open_store, store_uri


def test_the_setting_wins_over_the_environment_and_that_over_the_default(monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert store_uri(None) == f"sqlite:///{PROJECT}/mlruns/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/environment.db")
    assert store_uri(None) == f"sqlite:///{tmp_path}/environment.db"
    assert store_uri(f"sqlite:///{tmp_path}/setting.db") == f"sqlite:///{tmp_path}/setting.db"


def test_a_wrong_store_in_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "mlruns")
    with pytest.raises(SettingError, match=r"^MLFLOW_TRACKING_URI=mlruns: must begin with"):
        store_uri(None)


def test_an_experiment_is_made_once(store, experiment):
    client = open_store(store)
    first = experiment_id(client, store, experiment)
    assert experiment_id(client, store, experiment) == first
    location = client.get_experiment(first).artifact_location
    assert location == (Path(store.removeprefix("sqlite:///")).parent / "artifacts").as_uri()


def test_a_deleted_experiment_is_refused(store, experiment):
    client = open_store(store)
    client.delete_experiment(experiment_id(client, store, experiment))
    with pytest.raises(SettingError, match="is deleted in this store"):
        experiment_id(client, store, experiment)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(UserError, match=r"mlflow.db: cannot be opened .*not a database") as caught:
        open_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert "\n" not in str(caught.value)


OPEN = """
import sys
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.training.records import Step
with RunLog(RunInfo(sys.argv[1], "first", sys.argv[2], {})) as log:
    log.record(Step(1, 0.5))
"""


@pytest.mark.slow
def test_many_processes_open_a_fresh_store_at_once(tmp_path):
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    command = [sys.executable, "-W", "ignore", "-c", OPEN, uri]
    processes = [
        subprocess.Popen([*command, str(i)], cwd=PROJECT / "src", stderr=subprocess.PIPE, text=True) for i in range(5)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    client = open_store(uri)
    found = client.search_runs([client.get_experiment_by_name("first").experiment_id])
    assert sorted(run.info.run_name for run in found) == list("01234")
    assert {run.info.status for run in found} == {"FINISHED"}

"""What the project needs of MLflow's private parts, which another version may change."""

import logging
import re
import sqlite3
from contextlib import closing

import pytest
from tests.conftest import PROJECT

from zerosweep.tracking import mlflow_private
from zerosweep.tracking.store import import_mlflow


@pytest.fixture(autouse=True)
def mlflow():
    import_mlflow(deeply=True)


def test_the_pinned_version_is_the_one_that_was_checked():
    assert f"mlflow=={mlflow_private.CHECKED_WITH}" in (PROJECT / "constraints.txt").read_text().splitlines()


def test_only_this_module_names_private_parts_of_mlflow():
    private = re.compile(r"mlflow\.store|_tracking_client|_make_parent_dirs")
    files = [file for folder in ("src", "tests", "benchmarks") for file in (PROJECT / folder).rglob("*.py")]
    naming = {file.name for file in files if private.search(file.read_text())}
    # a host of the API imports what the project would, to see that the project changes nothing in it
    assert naming == {"mlflow_private.py", "test_mlflow_private.py", "host.py"}


@pytest.mark.slow
def test_a_fresh_database_gets_its_tables(tmp_path):
    mlflow_private.make_tables(f"sqlite:///{tmp_path}/a.db", (tmp_path / "artifacts").as_uri()).dispose()
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert {"experiments", "runs", "metrics", "params", "tags"} <= tables


@pytest.mark.slow
def test_mlflow_makes_no_folder_for_a_path_that_is_quoted_in_the_uri(tmp_path):
    (folder := tmp_path / "a%b").mkdir()
    mlflow_private.make_tables(f"sqlite:///{tmp_path}/a%25b/a.db", folder.as_uri()).dispose()
    assert (folder / "a.db").is_file()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a%b"]


def test_the_engine_of_a_client_can_be_disconnected(tmp_path):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path}/a.db")
    client.search_experiments()
    engine = mlflow_private.engine_of(client)
    assert engine.url.database == f"{tmp_path}/a.db"
    engine.dispose()


def test_the_logger_is_mlflows_own():
    assert mlflow_private.LOGGER in logging.root.manager.loggerDict

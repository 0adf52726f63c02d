"""Runs of given identities, and runs of simple filters, are those that MLflow's own client finds, in any kind of store."""

import sqlite3
import subprocess
import sys

import pytest

from zerosweep.tracking import equal
from zerosweep.tracking.bulk import is_database, simple, whole
from zerosweep.tracking.equal import equal_to
from zerosweep.tracking.members import join, member_tag
from zerosweep.tracking.opening import is_ready
from zerosweep.tracking.record import by_ids, find
from zerosweep.tracking.recorded import recorded_of
from zerosweep.tracking.sqlite import sqlite_file
from zerosweep.tracking.store import open_experiment, store_uri

A, B, C = ("a", "code", "data"), ("b", "code", "data"), ("c", "code", "data")


@pytest.fixture
def opened(store, experiment):
    return open_experiment(store, experiment)


@pytest.fixture
def make(opened):
    """Make a finished run of an identity and return its id."""

    def make(ids, role="run", **tags):
        given = dict(zip(equal.NAMES, ids, strict=True)) | {"role": role} | tags
        run_id = opened.client.create_run(opened.id, tags=given).info.run_id
        opened.client.log_metric(run_id, "val/loss", 0.5)
        opened.client.log_param(run_id, "seed", 1)
        opened.client.set_terminated(run_id)
        return run_id

    return make


@pytest.mark.parametrize("singly", [0, 50])
@pytest.mark.parametrize("of_server", [False, True])
def test_equal_runs_are_found_in_databases_and_on_servers(opened, make, monkeypatch, of_server, singly):
    monkeypatch.setattr(equal, "ASKED_SINGLY", singly)
    client = whole(opened.client) if of_server else opened.client  # MLflow's own client is read as that of a server
    assert is_database(client) is not of_server
    first, second, other = make(A), make(A), make(B)
    deleted = make(A)
    opened.client.delete_run(deleted)
    make(("a", "other code", "data"))
    make(A, role="summary")
    found = equal_to(client, opened.id, [A, B, C])
    expected = {A: {first, second}, B: {other}, C: set()}
    assert {ids: {run.run_id for run in runs} for ids, runs in found.items()} == expected
    assert found[A] == sorted(found[A], key=lambda run: (-run.started, run.run_id))
    assert found[B] == [recorded_of(opened.client.get_run(other))]


def test_only_what_is_asked_for_is_read(opened, make):
    make(A, verdict="learned", mood="good")
    ((run,),) = equal_to(opened.client, opened.id, [A], {"params": [], "metrics": [], "tags": ["verdict"]}).values()
    assert (run.verdict, dict(run.params), "mood" in run.tags) == ("learned", {}, False)


@pytest.mark.parametrize(
    "query",
    [
        "attributes.status = 'FINISHED'",
        "tags.role = 'summary'",
        "tags.role = 'run' and attributes.status = 'FINISHED'",
        "tags.mood = 'good' and tags.role = 'run'",
        "attributes.status = 'RUNNING'",
    ],
)
@pytest.mark.parametrize("most", [None, 2])
def test_simple_filters_find_what_mlflow_finds(opened, make, query, most):
    for mood in ("good", "bad"):
        make(A, mood=mood), make(B, role="summary", mood=mood)
    assert simple(query, [opened.id], most)
    expected = opened.client.search_runs([opened.id], query, max_results=most or 1000)
    assert find(opened.client, [opened.id], query, most) == [*map(recorded_of, expected)]


def test_runs_are_found_by_id_in_the_order_of_the_ids(opened, make):
    ids = [make(A), make(B), make(C)]
    asked = [ids[2], "unknown", ids[0]]
    for client in (opened.client, whole(opened.client)):
        assert [run.run_id for run in by_ids(client, [opened.id], asked)] == [ids[2], ids[0]]


READ = """
import sys
from zerosweep.tracking.record import find
from zerosweep.tracking.store import open_experiment
opened = open_experiment(*sys.argv[1:])
assert find(opened.client, [opened.id], "attributes.status = 'RUNNING'") == []
print("mlflow" in sys.modules)
"""


def test_a_store_that_was_opened_before_is_read_without_mlflow(opened, experiment):
    read = [sys.executable, "-c", READ, opened.uri, experiment]
    ended = subprocess.run(read, capture_output=True, text=True, check=False)
    assert ended.stdout == "False\n", ended.stderr


def test_a_store_of_another_version_is_not_taken_for_ready(tmp_path):
    file = sqlite_file(store_uri(f"sqlite:///{tmp_path}/mlflow.db"))
    assert not is_ready(file)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    assert not is_ready(file)
    file.write_text("no database")
    assert not is_ready(file)


def test_a_migrated_store_is_not_taken_for_ready(opened, tmp_path):
    copied = tmp_path / "copied.db"
    with sqlite3.connect(sqlite_file(opened.uri)) as source, sqlite3.connect(copied) as target:
        source.backup(target)
    assert is_ready(copied)
    with sqlite3.connect(copied) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'another'")
    assert not is_ready(copied)


def test_many_runs_join_a_sweep_at_once_though_another_process_tags_some_of_them(opened, make, monkeypatch):
    tag, ids = member_tag("mine"), [make(A), make(B), make(C)]
    runs = by_ids(opened.client, [opened.id], ids)

    def members():
        return {run.run_id for run in find(opened.client, [opened.id], f"tags.`{tag}` = 'true'")}

    opened.client.set_tag(ids[1], tag, "true")  # after the runs were read
    join(opened.client, "mine", runs)
    assert members() == {*ids}
    monkeypatch.setattr(type(whole(opened.client)), "set_tag", None)
    join(opened.client, "another", runs)
    assert {run.run_id for run in find(opened.client, [opened.id], "tags.`sweep.another` = 'true'")} == {*ids}
    join(opened.client, "another", by_ids(opened.client, [opened.id], ids))

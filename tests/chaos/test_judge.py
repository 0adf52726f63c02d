"""The judge finds each fault that is planted in a faultless store."""

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from tests.chaos.judge import judge, reference
from tests.chaos.portrait import portray
from tests.chaos.scenarios import Scenario, keys

from zerosweep.tracking.store import open_store

TWO = Scenario("two runs", (), keys(optimizer="sgd", bn="true", seed="0,1"))


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    """Make a store with the two runs of a sweep and its summary, as `portray` reads it."""
    from mlflow.entities import Metric, Param, RunTag

    client, folder = open_store(store), tmp_path_factory.mktemp("judged")
    experiment = client.create_experiment("judged")
    for seed in "01":
        run = client.create_run(experiment, tags={"role": "run"}, run_name=f"seed={seed}").info.run_id
        params = [Param("optimizer", "sgd"), Param("bn", "true"), Param("seed", seed), Param("tracking.uri", "null")]
        metrics = [Metric("train/loss", 1 / (step + 3), 1000 + step, step) for step in range(5)]
        client.log_batch(run, params=params, metrics=metrics, tags=[RunTag("verdict", "learned")])
        weights = folder / "artifacts" / run / "artifacts" / "weights.npz"
        weights.parent.mkdir(parents=True)
        np.savez(weights, w=np.arange(3.0) + int(seed))
        client.set_terminated(run, "FINISHED")
    summary = client.create_run(experiment, tags={"role": "summary", "sweep": "s"}, run_name="summary").info.run_id
    client.set_terminated(summary, "FINISHED")
    page = folder / "artifacts" / summary / "artifacts" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html>")
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as connection:
        connection.execute("VACUUM INTO ?", [str(folder / "mlflow.db")])
    return folder


@pytest.fixture
def plant(whole, tmp_path):
    """Change a copy of the store by SQL, and judge it against the unchanged one."""

    def judged(*statements, scenario=TWO):
        folder = tmp_path / "copy"
        shutil.copytree(whole, folder)
        with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement.format(run=FIRST_RUN))
        undisturbed = reference(portray(whole / "mlflow.db", "judged"))
        found = judge(scenario, portray(folder / "mlflow.db", "judged"), undisturbed)
        return {column: sentences for column, sentences in found.items() if sentences}

    return judged


FIRST_RUN = (
    "(SELECT run_uuid FROM params JOIN runs USING (run_uuid) JOIN experiments USING (experiment_id)"
    " WHERE experiments.name = 'judged' AND key = 'seed' AND value = '0')"
)
"""The store is the session's, so it has runs of other tests in other experiments."""


def test_a_store_that_is_whole_is_found_whole(plant):
    assert plant() == {}


def test_a_lost_run_is_found(plant):
    assert plant("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = {run}") == {
        "lost": ["sgd true 0 has no finished run"]
    }


@pytest.mark.parametrize("status", ["FAILED", "KILLED"])
def test_a_run_that_did_not_finish_is_lost(plant, status):
    assert plant(f"UPDATE runs SET status = '{status}' WHERE run_uuid = {{run}}") == {
        "lost": ["sgd true 0 has no finished run"]
    }


SAME_SEED = "UPDATE params SET value = '0' WHERE key = 'seed'"


def test_a_configuration_that_is_finished_twice_is_found(plant):
    found = plant(SAME_SEED)
    assert found["twice"][0].startswith("sgd true 0 is finished 2 times")


def test_a_single_run_may_be_done_again(plant):
    single = Scenario("single", (), keys(optimizer="sgd", bn="true", seed="0"), repeats=True)
    assert "twice" not in plant(SAME_SEED, scenario=single)


def test_a_run_left_running_is_found(plant):
    found = plant("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = {run}")
    assert found["left_open"][0].endswith("is RUNNING")
    assert found["lost"] == ["sgd true 0 has no finished run"]


def test_a_difference_in_the_last_bit_of_one_value_is_found(plant):
    loss = float(np.nextafter(1 / 6, 1))
    found = plant(f"UPDATE metrics SET value = {loss!r} WHERE run_uuid = {{run}} AND step = 3")
    assert len(found["different"]) == 1
    assert found["different"][0].endswith("has another train/loss at step 3")


def test_a_missing_step_is_found(plant):
    found = plant("DELETE FROM metrics WHERE run_uuid = {run} AND step = 4")
    assert found["different"][0].endswith("has another train/loss at step 4")


def test_a_finished_run_without_its_weights_is_found(plant, whole):
    run = next(run for run in portray(whole / "mlflow.db", "judged") if run.params.get("seed") == "0")
    weights = run.artifacts / "weights.npz"
    kept = weights.read_bytes()
    weights.unlink()
    try:
        without = portray(whole / "mlflow.db", "judged")
    finally:
        weights.write_bytes(kept)
    found = judge(TWO, without, reference(portray(whole / "mlflow.db", "judged")))
    assert [sentence.endswith("has other weights.npz") for sentence in found["different"]] == [True]


def test_a_finished_run_without_a_verdict_is_found(plant):
    found = plant("DELETE FROM tags WHERE run_uuid = {run} AND key = 'verdict'")
    assert found["different"][0].endswith("has no verdict")


def test_a_run_with_settings_that_nobody_asked_for_is_found(plant):
    found = plant("UPDATE params SET value = '7' WHERE key = 'seed' AND value = '1'")
    assert found["lost"] == ["sgd true 1 has no finished run"]
    assert found["different"][0].endswith("has settings that nobody asked for")


def test_a_run_that_this_command_did_not_ask_for_is_found(plant):
    one = Scenario("one run", (), keys(optimizer="sgd", bn="true", seed="0"))
    assert plant(scenario=one)["different"][0].endswith("has settings that nobody asked for")


def test_the_beginning_of_a_run_is_enough_where_it_was_pruned(plant):
    cut = "DELETE FROM metrics WHERE run_uuid = {run} AND step > 2"
    pruned = "INSERT INTO tags (key, value, run_uuid) VALUES ('pruned', 'true', {run})"
    assert plant(cut, pruned) == {}


def test_a_missing_summary_is_found(plant):
    summary = "SELECT run_uuid FROM tags WHERE value = 'summary'"
    assert plant(f"UPDATE runs SET status = 'KILLED' WHERE run_uuid IN ({summary})") == {
        "lost": ["no finished summary"]
    }

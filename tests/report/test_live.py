"""The summary run of a sweep that is running, in a real store."""

from dataclasses import replace

import pytest
from tests.sweeps import wait_for

from zerosweep.config.schemas import Objective
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Outcome
from zerosweep.report import live
from zerosweep.report.live import STOPPED, Beginning, LiveSummary, expected_runs
from zerosweep.report.results import analyse
from zerosweep.report.view import view_state
from zerosweep.tracking.orphans import close_orphans
from zerosweep.tracking.record import by_id, find, known_experiment
from zerosweep.tracking.runlog import PROGRESS
from zerosweep.tracking.store import open_store
from zerosweep.tracking.views import key_of, saved_views


@pytest.fixture
def grid(jobs):
    return jobs(["optimizer.lr=0.1"], ["optimizer.lr=0.2"])


@pytest.fixture
def display(grid):
    return Display(Tally("val/accuracy", True), len(grid), quiet=True)


@pytest.fixture
def summary(store, experiment, grid, display):
    beginning = Beginning(
        uri=store,
        experiment=experiment,
        sweep="a-sweep",
        command="python src/train.py -m optimizer.lr=0.1,0.2",
        objective=Objective(),
        metrics=[],
        swept=["optimizer.lr"],
        configs=[job.config for job in grid],
    )
    return LiveSummary(beginning, display)


@pytest.fixture
def recorded(store, experiment):
    """Return the summary runs."""

    def search():
        client = open_store(store)
        return find(client, [known_experiment(client, experiment)], "tags.role = 'summary'")

    return search


def test_it_exists_while_the_sweep_is_running_and_tells_how_far_it_is(
    summary, recorded, display, grid, monkeypatch, store
):
    monkeypatch.setattr(live, "UPDATE_SECONDS", 0.01)
    client = open_store(store)

    def note(run):
        return client.get_run(run.run_id).data.tags["mlflow.note.content"]

    with pytest.raises(KeyboardInterrupt), summary:
        wait_for(recorded)
        (run,) = recorded()
        assert (run.status, run.tags["sweep"]) == ("RUNNING", "a-sweep")
        display.started(grid[1])
        wait_for(lambda: "- `optimizer.lr=0.2`" in note(run))
        display.done(grid[1], Outcome("finished", "abc", "learned", 0.9))
        wait_for(lambda: recorded()[0].tags[PROGRESS] == "1 of 2")
        assert "best val/accuracy=0.9: optimizer.lr=0.2 (run abc)" in note(run)
        (view,) = saved_views(client, run.experiment_id)
        assert view.key == key_of("a-sweep")
        raise KeyboardInterrupt
    (run,) = recorded()
    assert (run.status, run.tags["error"]) == ("KILLED", STOPPED)


def test_a_process_that_is_alive_keeps_it_and_a_second_one_has_its_own(summary, recorded, store, experiment):
    client = open_store(store)
    with summary:
        assert summary.run_id
        with LiveSummary(summary._beginning, summary._display) as second:
            assert second.run_id != summary.run_id
        assert [run.run_id for run in recorded()] == [summary.run_id]
        assert by_id(client, summary.run_id).status == "RUNNING"
        orphans = [run.run_id for run in close_orphans(client, store, known_experiment(client, experiment))]
        assert summary.run_id not in orphans
    assert all(run.status != "RUNNING" for run in recorded())


def test_the_first_view_is_like_the_last_one(grid):
    configs = [job.config for job in grid]
    before = expected_runs(configs)
    after = [replace(run, metrics=dict.fromkeys(run.metrics, 0.5)) for run in before]
    first, last = (view_state("a-sweep", analyse(runs, Objective(), ["optimizer.lr"]), []) for runs in (before, after))
    assert first == last
    assert {"params.`optimizer.lr`", "metrics.`test/accuracy`"} <= set(first["selectedColumns"])

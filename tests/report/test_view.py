"""What the view of a sweep shows: its members, what varied, what came out."""

from zerosweep.config.schemas import Objective
from zerosweep.report.results import analyse
from zerosweep.report.view import view_state
from zerosweep.tracking.members import MEMBER, join, member_tag, members_filter, tag_name
from zerosweep.tracking.record import find, known_experiment
from zerosweep.tracking.store import open_store


def runs_of(store, experiment, query="tags.role = 'run'"):
    client = open_store(store)
    return find(client, [known_experiment(client, experiment)], query)


def test_a_grid_has_its_settings_as_columns_and_as_parallel_coordinates(keep, store, experiment):
    for bn in ("true", "false"):
        for optimizer in ("sgd", "adam"):
            keep({"bn": bn, "optimizer": optimizer}, [0.1, 0.9])
    state = view_state("mine-1", analyse(runs_of(store, experiment), Objective()), [])
    assert state["searchFilter"] == "tags.`sweep.mine-1` = 'true' and tags.role = 'run'"
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`val/accuracy`", False)
    assert {"tags.`verdict`", "params.`bn`", "params.`optimizer`", "metrics.`val/accuracy`"} <= {
        *state["selectedColumns"]
    }
    assert "params.`seed`" not in state["selectedColumns"]
    kinds = [chart["type"] for chart in state["compareRunCharts"]]
    assert kinds.count("PARALLEL") == kinds.count("BAR") == 1
    assert state["groupBy"] is None


def test_repeats_are_grouped_by_their_mean(keep, store, experiment):
    for optimizer in ("sgd", "adam"):
        for seed in range(2):
            keep({"optimizer": optimizer, "seed": str(seed)}, [0.1, 0.9])
    state = view_state("mine", analyse(runs_of(store, experiment), Objective("train/loss", "minimize")), ["val/loss"])
    assert state["groupBy"] == {
        "aggregateFunction": "average",
        "groupByKeys": [{"mode": "param", "groupByData": "optimizer"}],
    }
    assert state["orderByAsc"] is True
    assert "params.`seed`" in state["selectedColumns"]
    lines = [chart["metricKey"] for chart in state["compareRunCharts"] if chart["type"] == "LINE"]
    assert lines[:2] == ["train/loss", "val/loss"]


def test_a_run_belongs_to_every_sweep_that_asked_for_it(keep, store, experiment):
    for seed in range(3):
        keep({"seed": str(seed)}, [0.5])
    client, runs = open_store(store), runs_of(store, experiment)
    join(client, "first", runs[:2])
    join(client, "second", runs[1:])
    assert {run.run_id for run in runs_of(store, experiment, members_filter("first"))} == {
        run.run_id for run in runs[:2]
    }
    assert {run.run_id for run in runs_of(store, experiment, members_filter("second"))} == {
        run.run_id for run in runs[1:]
    }


def test_a_member_is_tagged_once(keep, store, experiment):
    keep({"seed": "0"}, [0.5])
    join(open_store(store), "mine", runs_of(store, experiment))
    (run,) = runs_of(store, experiment)
    assert run.tags[member_tag("mine")] == MEMBER
    join(None, "mine", [run])  # needs no client


def test_the_name_of_a_tag_has_only_what_mlflow_allows():
    assert tag_name("sweep.a=b,c-1") == "sweep.a_b_c-1"

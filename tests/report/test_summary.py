"""The summary run, in a real store."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import PROJECT

import zerosweep.experiments.findings  # noqa: F401  registers them
from zerosweep.config.schemas import Objective, Report
from zerosweep.errors import SettingError
from zerosweep.report.summary import Context, summarise
from zerosweep.tracking.orphans import open_here
from zerosweep.tracking.record import content, files, find, known_experiment
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import open_store


@pytest.fixture
def context(store, experiment):
    return Context(store, experiment, "2026-01-31_12-00-00", "python src/train.py -m ...", Objective(), Report())


@pytest.fixture
def found(store, experiment):
    """Return the runs of a role: `found("run")`."""

    def search(role):
        client = open_store(store)
        return find(client, [known_experiment(client, experiment)], f"tags.role = '{role}'")

    return search


@pytest.fixture
def runs(keep, found):
    """Six runs: bn on and off, three seeds each."""
    for bn in ("true", "false"):
        for seed in range(3):
            top = 0.9 + seed / 100 if bn == "true" else 0.5 + seed / 50
            keep({"bn": bn, "seed": str(seed)}, [0.1, top / 2, top])
    return found("run")


def test_one_run_keeps_figures_tables_and_page(store, context, runs, found):
    summary = summarise(context, runs)
    (kept,) = found("summary")
    assert (kept.run_id, kept.status) == (summary.run_id, "FINISHED")
    assert kept.tags["sweep"] == context.sweep
    assert dict(kept.metrics) == {"val/accuracy": pytest.approx(0.91)}  # the best mean, as the view's column shows it
    client = open_store(store)
    names = sorted(files(client, summary.run_id))
    assert {"report.html", "table.csv", "repeats.csv", "differences.csv", "figures/curves.png"} <= set(names)
    for name in names:
        if name.endswith(".png"):
            assert content(client, summary.run_id, name).startswith(b"\x89PNG")
    page = content(client, summary.run_id, "report.html")
    assert page.count(b'role="img" aria-label=') == sum(name.endswith(".png") for name in names)
    assert Path(summary.location).read_bytes() == page
    table = list(csv.DictReader(io.StringIO(content(client, summary.run_id, "table.csv").decode())))
    assert [row["bn"] for row in table] == ["true"] * 3 + ["false"] * 3
    assert table[0]["objective"] == "0.92"
    repeats = list(csv.DictReader(io.StringIO(content(client, summary.run_id, "repeats.csv").decode())))
    assert {row["bn"]: row["n"] for row in repeats} == {"true": "3", "false": "3"}
    note = client.get_run(summary.run_id).data.tags["mlflow.note.content"]
    assert "6 runs: 6 finished" in note
    assert "0.92" in note


def test_the_lines_for_the_terminal(context, runs):
    first, *between, best, third, fourth = summarise(replace(context, report=Report("none")), runs).lines
    assert first == "6 runs: 6 finished; 6 learned"
    assert between[1].startswith("bn: true > false by ")
    assert best == "best: val/accuracy=0.91 with bn, the mean of 3 runs"
    assert third.startswith("report: /")
    assert fourth.startswith("view: http://127.0.0.1:5000/#/experiments/")
    of_filter = summarise(replace(context, report=Report("none"), of_filter=True), runs)
    assert of_filter.lines[-1].startswith("report: /")


def test_the_same_again_is_not_made_again(context, runs, found):
    context = replace(context, report=Report("none"))
    first = summarise(context, runs)
    again = summarise(replace(context, cached=frozenset(run.run_id for run in runs)), list(reversed(runs)))
    assert (again.run_id, again.location) == (first.run_id, first.location)
    assert again.lines[0] == "6 runs: 6 finished (6 from the record); 6 learned"
    assert len(found("summary")) == 1


@pytest.mark.parametrize("change", ["runs", "report", "objective", "failures"])
def test_another_summary_replaces_the_one_before(context, runs, found, change):
    context = replace(context, report=Report("none"))
    first = summarise(context, runs)
    match change:
        case "runs":
            second = summarise(context, runs[1:])
        case "report":
            second = summarise(replace(context, report=Report("none", y="train/accuracy")), runs)
        case "objective":
            second = summarise(replace(context, objective=Objective("train/accuracy")), runs)
        case "failures":
            second = summarise(replace(context, failed={"bn=maybe": "its worker died"}), runs)
    assert second.run_id != first.run_id
    assert [run.run_id for run in found("summary")] == [second.run_id]


def test_other_sweeps_keep_theirs(context, runs, found):
    context = replace(context, report=Report("none"))
    summarise(context, runs)
    summarise(replace(context, sweep="it's another"), runs)
    summarise(replace(context, sweep="it's another"), runs[1:])
    assert sorted(run.tags["sweep"] for run in found("summary")) == [context.sweep, "it's another"]


def test_one_that_was_stopped_or_left_open_is_replaced(store, experiment, context, runs, found):
    tags = {"role": "summary", "sweep": context.sweep}
    with pytest.raises(KeyboardInterrupt), RunLog(RunInfo(store, experiment, "stopped", {}, tags)):
        raise KeyboardInterrupt
    left = RunLog(RunInfo(store, experiment, "its process was killed", {}, tags))
    left.wait()
    open_here.discard(left.run_id)
    summary = summarise(replace(context, report=Report("none")), runs)
    assert [run.run_id for run in found("summary")] == [summary.run_id]


def test_one_that_is_being_made_out_of_our_sight_is_left_alone(store, experiment, context, runs, found):
    tags = {"role": "summary", "sweep": context.sweep, "claim": "0123456789abcdef:5"}
    RunLog(RunInfo(store, experiment, "on another machine", {}, tags)).wait()
    summary = summarise(replace(context, report=Report("none")), runs)
    assert sorted(run.status for run in found("summary")) == ["FINISHED", "RUNNING"]
    assert summary.run_id in {run.run_id for run in found("summary")}


ANOTHER_AT_WORK = """
import sys, time
from zerosweep.tracking.claims import claim
with claim(sys.argv[1], sys.argv[3], {"role": "summary", "sweep": sys.argv[2]}):
    print("at work", flush=True)
    time.sleep(1)
"""


def test_while_another_process_is_at_it_we_wait(store, context, runs):
    command = [sys.executable, "-c", ANOTHER_AT_WORK, store, context.sweep, context.experiment]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(PROJECT / "src")}
    ) as other:
        assert other.stdout.readline() == b"at work\n"
        summarise(replace(context, report=Report("none")), runs)
        assert other.wait(timeout=0.5) == 0


def test_a_setting_that_did_not_vary_is_refused_before_a_run_is_made(context, runs, found):
    with pytest.raises(SettingError, match=r"^report\.panels=init\.scale: .*must be one of bn"):
        summarise(replace(context, report=Report(panels="init.scale")), runs)
    assert found("summary") == []


def test_a_sweep_in_which_all_runs_failed_is_reported_too(store, context, keep, found):
    keep({"bn": "true"}, [], ValueError("too bad"))
    summary = summarise(replace(context, failed={"bn=false": "its worker died"}), found("run"))
    assert summary.lines[:2] == ("2 runs: 0 finished, 2 failed", "best: none, as no run has val/accuracy")
    page = content(open_store(store), summary.run_id, "report.html").decode()
    assert "ValueError: too bad" in page
    assert "its worker died" in page


def test_no_run_at_all(context):
    assert summarise(context, []).lines[0] == "0 runs: 0 finished"


def test_a_metric_other_than_the_objective_is_drawn(context, runs, monkeypatch):
    drawn = {}

    def stand_in(seen, factors, y, title, **asked):
        drawn.update(seen=seen, factors=list(factors), y=y, title=title, **asked)
        return iter(())

    monkeypatch.setattr("zerosweep.figures.sweep.registry.comparison_figures", stand_in)
    summarise(replace(context, report=Report("curves", y="train/accuracy", lines="bn")), runs)
    assert (drawn["y"], drawn["lines"], drawn["factors"], drawn["direction"]) == (
        "train/accuracy",
        "bn",
        ["bn"],
        "maximize",
    )
    best = next(run for run in drawn["seen"] if run.levels == {"bn": "true"} and run.seed == "2")
    assert (best.value, best.steps, best.values) == (0.46, [0, 1, 2], pytest.approx([0.05, 0.115 * 2, 0.46]))


def test_of_too_many_runs_no_curves_are_read(context, runs, monkeypatch):
    seen = []
    monkeypatch.setattr("zerosweep.report.pictures.MOST_CURVES", 5)
    monkeypatch.setattr(
        "zerosweep.figures.sweep.registry.comparison_figures",
        lambda runs, *rest, **asked: seen.extend(runs) or iter(()),
    )
    summarise(context, runs)
    assert len(seen) == 6
    assert all(run.value is not None and not run.steps for run in seen)


def test_a_figure_that_raises_fails_the_summary_and_keeps_the_table(store, context, runs, found, monkeypatch):
    def stand_in(*rest, **asked):
        yield from ()
        raise ZeroDivisionError

    monkeypatch.setattr("zerosweep.figures.sweep.registry.comparison_figures", stand_in)
    with pytest.raises(ZeroDivisionError):
        summarise(context, runs)
    (kept,) = found("summary")
    assert kept.status == "FAILED"
    assert {"table.csv", "traceback.txt"} <= set(files(open_store(store), kept.run_id))


def test_findings_are_kept_in_table_tags_page_and_terminal(store, context, runs, found):
    asked = replace(context, report=Report(findings=["bn_is_ahead"]))
    summary = summarise(asked, runs)
    (kept,) = found("summary")
    assert kept.tags["findings"] == "0 of 1 reproduced, 1 not measured"  # these runs have no init.scale
    client = open_store(store)
    table = list(csv.DictReader(io.StringIO(content(client, summary.run_id, "findings.csv").decode())))
    assert [(row["finding"], row["reproduced"]) for row in table] == [("bn_is_ahead", "not measured")]
    assert "Published findings" in content(client, summary.run_id, "report.html").decode()
    assert any("reproduced?" in line for line in summary.lines)
    assert summarise(context, runs).run_id != summary.run_id

"""The final values of runs, their order, and their counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.config.schemas import Objective
from zerosweep.report.outcome import INFEASIBLE, best, count, direction_of, final_value, ranked
from zerosweep.report.table import run_table
from zerosweep.tracking.record import Recorded

ACCURACY = Objective()
LOSS = Objective("val/loss", "minimize")


def test_the_last_value_judges_a_run(run):
    assert final_value(run({}, 0.9), "val/accuracy") == 0.9
    assert final_value(run({}, 0.9), "val/loss") is None


def test_what_diverged_or_failed_is_judged_by_nothing(run):
    assert final_value(run({}, 0.9, verdict="diverged"), "val/accuracy") is None
    assert final_value(run({}, 0.9, status="FAILED"), "val/accuracy") is None
    assert final_value(run({}, float("nan")), "val/accuracy") is None


def test_an_infeasible_run_is_never_the_best_and_is_counted(run):
    violating, keeping = run({}, 0.9, **{INFEASIBLE: "time/seconds <= 60"}), run({}, 0.5)
    assert final_value(violating, "val/accuracy") is None
    assert ranked([violating, keeping], ACCURACY) == [keeping, violating]
    assert best([violating, keeping], ACCURACY) is keeping
    assert str(count([violating, keeping])) == "2 runs: 2 finished (1 infeasible); 2 learned"
    table = run_table([violating, keeping], [], ACCURACY)
    assert [row[table.columns.index("infeasible")] for row in table.rows] == [None, "time/seconds <= 60"]
    assert "infeasible" not in run_table([keeping], [], ACCURACY).columns


@pytest.mark.parametrize(("objective", "expected"), [(ACCURACY, [0.9, 0.5, 0.1]), (LOSS, [0.1, 0.5, 0.9])])
def test_the_best_is_first(run, objective, expected):
    runs = [run({}, value, metric=objective.metric) for value in (0.5, 0.9, 0.1)]
    assert [run.metrics[objective.metric] for run in ranked(runs, objective)] == expected


def test_of_equals_the_earlier_and_failures_last(run):
    failed, diverged = run({}, 1.0, status="FAILED"), run({}, 1.0, verdict="diverged")
    first, second = run({}, 0.5), run({}, 0.5)
    assert ranked([second, failed, diverged, first], ACCURACY) == [first, second, diverged, failed]
    assert best([second, failed, diverged, first], ACCURACY) is first
    assert best([failed, diverged], ACCURACY) is None
    assert best([], ACCURACY) is None


def test_the_metric_of_the_objective_has_its_direction():
    assert direction_of("val/loss", Objective("val/loss", "maximize")) == "maximize"
    assert direction_of("train/loss", ACCURACY) == "minimize"
    assert direction_of("surface/value", ACCURACY) == "minimize"
    assert direction_of("train/accuracy", LOSS) == "maximize"


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("dead/hidden1", "minimize"),
        ("saturated/hidden2", "minimize"),
        ("time/seconds", "minimize"),
        ("time/steps_per_second", "maximize"),
        ("train/penalty", "minimize"),
        ("activation_std/hidden1", "neither"),
        ("of/another/version", "neither"),
    ],
)
def test_every_metric_has_a_direction_of_its_own(metric, expected):
    assert direction_of(metric, ACCURACY) == expected


def test_counts_in_words(run):
    runs = [run({}, 1.0), run({}, 1.0), run({}, 0.1, verdict="stuck"), run(status="KILLED"), run(status="RUNNING")]
    counts = count(runs, frozenset({runs[0].run_id, "another"}), unrecorded=2)
    assert str(counts) == "7 runs: 3 finished (1 from the record), 2 failed, 1 killed, 1 running; 2 learned, 1 stuck"
    assert str(count(runs[:1])) == "1 run: 1 finished; 1 learned"
    pruned = [run({}, 0.1, verdict="stuck", pruned="true"), run({}, 0.1, pruned="true", status="KILLED")]
    text = "3 runs: 2 finished (1 from the record, 1 pruned), 1 killed; 1 learned, 1 stuck"
    assert str(count([runs[0], *pruned], frozenset({runs[0].run_id}))) == text


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)), st.sampled_from([ACCURACY, LOSS]))
def test_no_run_is_lost_and_none_is_better_than_the_best(values, objective):
    runs = [
        Recorded(str(i), "1", "", "FINISHED", i, 1, {}, {} if v is None else {objective.metric: v}, {})
        for i, v in enumerate(values)
    ]
    assert sorted(run.run_id for run in ranked(runs, objective)) == sorted(run.run_id for run in runs)
    known = [value for value in values if value is not None]
    found = best(runs, objective)
    assert (found is None) == (not known)
    if found is not None:
        assert found.metrics[objective.metric] == (max if objective is ACCURACY else min)(known)

"""The curves of runs as series: their panels, their lines, and the mean of repeats."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import failed, product, run

from zerosweep.figures.drawing.compared import ComparedRun, finite_curve, thinned
from zerosweep.figures.drawing.mean_curve import mean_curve
from zerosweep.figures.sweep import curve_series
from zerosweep.figures.sweep.curve_series import curve_panels
from zerosweep.figures.sweep.encoding import Choice, curve_roles


def panels_of(runs, factors, **choice):
    return list(curve_panels(runs, curve_roles(runs, factors, Choice(**choice))).values())


def test_a_panel_for_every_combination_and_a_line_for_every_level():
    runs = [run(levels) for levels in product(init__scale=["1", "0.1", "0.01"], bn=["false", "true"])]
    panels = panels_of(runs, ["init.scale", "bn"])

    assert [panel.title for panel in panels] == ["weight scale 0.01", "weight scale 0.1", "weight scale 1"]
    assert all([line.level for line in panel.lines] == ["true", "false"] for panel in panels)


def test_words_keep_one_order_through_all_panels():
    levels = [("a", "x"), ("a", "y"), ("b", "y"), ("b", "x"), ("c", "y"), ("c", "x")]
    panels = panels_of([run({"p": p, "l": level}) for p, level in levels], ["p", "l"])

    assert [[line.level for line in panel.lines] for panel in panels] == [["x", "y"]] * 3


def test_what_was_not_run_has_no_line():
    panels = panels_of([run(levels) for levels in product(p=["a", "b", "c"], l=["x", "y"])][:-1], ["p", "l"])

    assert [len(panel.lines) for panel in panels] == [2, 2, 1]


def test_a_setting_that_some_runs_do_not_have_is_a_level_too():
    panels = panels_of([run({"p": "a", "l": "1"}), run({"p": "b"}), run({"p": "c"})], ["p", "l"], panels="l")

    assert sorted(panel.title for panel in panels) == ["l 1", "no l"]


def test_the_mean_and_interval_of_repeats_by_hand():
    """Values 1, 2, 3 at step 0 and 2, 2, 2 at step 10: t(0.975, 2) = 4.302653, s = 1, and 4.302653 / √3 = 2.484138."""
    found = mean_curve("x", [run(values=v) for v in ([1.0, 2.0], [2.0, 2.0], [3.0, 2.0])])

    assert found.steps.tolist() == [0, 10]
    assert found.mean.tolist() == [2, 2]
    assert found.low == pytest.approx([2 - 2.484138, 2], abs=1e-5)
    assert found.high == pytest.approx([2 + 2.484138, 2], abs=1e-5)
    assert found.runs == 3


def test_a_single_run_is_its_own_mean_and_has_no_interval():
    found = mean_curve("x", [run(values=[0.25, 0.5])])

    assert found.mean.tolist() == [0.25, 0.5]
    assert np.isnan([found.low, found.high]).all()


def test_a_run_that_has_ended_no_longer_counts():
    found = mean_curve("x", [run(values=[1.0, 2.0, 3.0]), run(values=[3.0, 8.0], verdict="pruned")])

    assert found.mean.tolist() == [2, 5, 3]
    assert np.isnan(found.low[2])


def test_the_mean_ends_where_a_run_diverged():
    found = mean_curve("x", [run(values=[1.0, 2.0, 3.0]), run(values=[3.0, 8.0], verdict="diverged")])

    assert found.mean.tolist() == [2, 5]
    assert found.ends.tolist() == [[10, 8]]


def test_between_its_steps_a_run_goes_straight():
    often = ComparedRun({}, "0", "learned", 4.0, [0, 5, 10], [0.0, 2.0, 4.0])
    seldom = ComparedRun({}, "1", "learned", 8.0, [0, 10], [0.0, 8.0])

    assert mean_curve("x", [often, seldom]).mean.tolist() == [0, 3, 6]


def test_runs_without_a_number_are_counted_by_their_word():
    words = ["", "diverged", "diverged", "learned"]
    found = mean_curve("x", [run(), *(failed(verdict=word) for word in words)])

    assert found.missing == {"failed": 1, "diverged": 2, "no curve": 1}
    assert found.runs == 5
    assert found.mean.tolist() == run().values


def test_a_curve_is_what_is_finite_by_step():
    steps, values = finite_curve(ComparedRun({}, "", "learned", 1.0, [20, 0, 10, 20], [9.0, 1.0, np.nan, 2.0]))

    assert steps.tolist() == [0, 20]
    assert values.tolist() == [1, 2]


def test_long_curves_are_means_at_their_last_steps(monkeypatch):
    """Seven steps make at most three points: means of 1 2 3, 4 5 6 and of 7 alone."""
    monkeypatch.setattr(curve_series, "POINTS", 3)
    (panel,) = panels_of([run(values=[1.0, 2, 3, 4, 5, 6, 70])], [])

    assert panel.lines[0].steps.tolist() == [20, 50, 60]
    assert panel.lines[0].mean == pytest.approx([2, 5, 70])


def test_thinned_curves_end_where_they_ended():
    steps, values = thinned(np.arange(1001.0), np.ones(1001), 3)

    assert steps[-1] == 1000
    assert values == pytest.approx(np.ones(334))

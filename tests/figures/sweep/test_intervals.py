"""Means and intervals of every combination of levels."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import collisions, failed, figures, key, panels, product, run, written_in

from zerosweep.figures.sweep.intervals import MOST_ROWS, intervals, spans


def repeated():
    """lr=1: 0.2, 0.4, 0.6; lr=2: 0.9 twice; lr=3: diverged."""
    runs = [run({"lr": "1"}, [value], seed=str(i)) for i, value in enumerate([0.2, 0.4, 0.6])]
    runs += [run({"lr": "2"}, [0.9], seed=str(i)) for i in range(2)]
    return [*runs, failed({"lr": "3"}, "diverged")]


def test_from_the_best_to_the_worst():
    assert list(intervals(repeated(), ["lr"], "maximize").rows) == [("2",), ("1",), ("3",)]
    assert list(intervals(repeated(), ["lr"], "minimize").rows) == [("1",), ("2",), ("3",)]


def test_in_the_order_of_the_levels_where_neither_end_is_better():
    runs = [run({"a": str(i)}, [float(-i % 3)]) for i in range(45)]
    figure = figures(runs, ["a"], "signal/hidden1", figure="intervals", direction="neither")["intervals"]

    assert [row[0] for row in intervals(runs, ["a"], "neither").rows] == [str(i) for i in range(MOST_ROWS)]
    assert "5 more combinations are not drawn: these are the first." in written_in(figure)


def test_means_and_intervals_by_hand():
    """0.2, 0.4, 0.6: mean 0.4, s = 0.2, t(0.975, 2) = 4.302653, and so ± 4.302653 · 0.2 / √3 = 0.496828."""
    rows = intervals(repeated(), ["lr"], "maximize").rows

    assert rows["1",].mean == pytest.approx(0.4)
    assert rows["1",].half == pytest.approx(0.496828, abs=1e-6)
    assert rows["2",].mean == pytest.approx(0.9)
    assert np.isnan(rows["2",].half)  # equal values do not tell how far their mean may be off
    assert np.isnan(rows["3",].mean)
    assert spans(list(rows.values()), unit_range=False)[1] == pytest.approx([0.4 - 0.496828, 0.4 + 0.496828], abs=1e-6)
    assert spans(list(rows.values()), unit_range=True)[1] == pytest.approx([0, 0.4 + 0.496828], abs=1e-6)


def test_the_picture_shows_means_runs_and_bars():
    figure = figures(repeated(), ["lr"])["intervals"]
    (ax,) = panels(figure)
    singles, means = ([line for line in ax.lines if (line.get_markersize() == 5) is mean] for mean in (False, True))

    assert [line.get_xydata().tolist() for line in means] == [[[0.9, 0]], [[pytest.approx(0.4), 1]]]
    assert sorted(x for line in singles for x in line.get_xdata()) == [0.2, 0.4, 0.6, 0.9, 0.9]
    (bar,) = (each for each in ax.collections[-1].get_segments())
    assert bar[:, 0] == pytest.approx([0, 0.896828], abs=1e-6)
    assert {"lr", "1", "2", "3", "diverged", "validation accuracy"} <= set(written_in(figure))
    assert key(figure) == ["mean and its 95 % interval, within 0 and 1", "single run (1 to 3 each)"]
    assert collisions(figure) == []


def test_repeats_that_failed_are_counted():
    runs = [run({"a": "1"}), run({"a": "1"}), failed({"a": "1"}, "diverged"), failed({"a": "1"})]
    figure = figures(runs, ["a"])["intervals"]

    assert "1 of 4 diverged, 1 of 4 failed" in written_in(figure)


def test_without_repeats_there_is_a_dot_each():
    figure = figures([run({"a": "x"}, [0.1]), run({"a": "y"}, [0.2])], ["a"], figure="intervals")["intervals"]

    assert [line.get_xydata().tolist() for line in panels(figure)[0].lines] == [[[0.2, 0]], [[0.1, 1]]]
    assert key(figure) == []


def test_forty_rows_are_legible_and_more_are_counted():
    runs = [
        run(levels, [int(levels["a"]) / 50], seed=s) for levels in product(a=[str(i) for i in range(45)]) for s in "01"
    ]
    found = intervals(runs, ["a"], "maximize")
    figure = figures(runs, ["a"])["intervals"]

    assert [combination[0] for combination in found.rows] == [str(i) for i in range(44, 4, -1)]
    assert found.left_out == 45 - MOST_ROWS
    assert "5 more combinations are not drawn: none of them is better." in written_in(figure)
    assert collisions(figure) == []


def test_losses_over_decades_have_a_logarithmic_axis():
    runs = [run({"a": a}, [value]) for a, value in (("1", 1e-3), ("1", 2e-3), ("2", 5.0), ("2", 6.0))]
    figure = figures(runs, ["a"], "val/loss", direction="minimize")["intervals"]

    assert panels(figure)[0].get_xscale() == "log"

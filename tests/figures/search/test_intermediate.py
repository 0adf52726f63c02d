"""The curves that trials reported."""

from __future__ import annotations

import numpy as np
from tests.figures.comparisons import key, panels, written_in
from tests.figures.search.conftest import LOSS, figures, tried

from zerosweep.figures.search.intermediate import intermediate
from zerosweep.figures.search.trials import POINTS, polyline

TRIALS = [
    tried(0, 0.6, curve=[(10, 0.3), (20, 0.6)]),
    tried(1, 0.8, curve=[(20, 0.8), (10, 0.4)]),
    tried(2, state="pruned", curve=[(10, 0.1)]),
    tried(3, state="diverged", curve=[(10, 0.2), (20, np.nan)]),
    tried(4, state="failed"),
    tried(5, 0.1, curve=[(10, np.inf)]),
]


def test_curves_by_hand():
    found = intermediate(TRIALS, "maximize")

    assert found.best.tolist() == [[10, 0.4], [20, 0.8]]
    assert found.number == 1
    assert {outcome: [curve.tolist() for curve in curves] for outcome, curves in found.curves.items()} == {
        "complete": [[[10, 0.3], [20, 0.6]]],
        "pruned": [[[10, 0.1]]],
        "diverged": [[[10, 0.2]]],
    }
    assert found.silent == {"failed": 1, "complete": 1}


def test_the_best_may_have_no_curve():
    found = intermediate(TRIALS, "minimize")

    assert found.best is None
    assert len(found.curves["complete"]) == 2


def test_the_picture():
    figure = figures(TRIALS)["intermediate"]
    (ax,) = panels(figure)

    assert key(figure) == ["best: trial 1", "complete", "pruned here", "diverged here"]
    assert {line.get_marker(): line.get_xydata().tolist() for line in ax.lines if line.get_marker() in ("^", "x")} == {
        "^": [[10, 0.1]],
        "x": [[10, 0.2]],
    }
    assert "Trials that reported nothing: 1 failed, 1 complete." in written_in(figure)


def test_what_diverged_does_not_stretch_the_axis():
    trials = [tried(0, 0.5, curve=[(1, 2.0), (2, 0.5)]), tried(1, state="diverged", curve=[(1, 3.0), (2, 1e30)])]
    (ax,) = panels(figures(trials, LOSS)["intermediate"])
    (end,) = (line.get_xydata()[0] for line in ax.lines if line.get_marker() == "x")

    assert ax.get_ylim()[1] < 3
    assert end.tolist() == [2, ax.get_ylim()[1]]  # marked at the edge


def test_without_curves_there_is_no_figure():
    assert "intermediate" not in figures([tried(0, 0.5), tried(1, state="pruned", curve=[(1, np.nan)])])


def test_long_curves_are_thinned():
    line = polyline([(step, step * 2.0) for step in range(1000)])

    assert len(line) == POINTS
    assert line[0].tolist() == [4, 4]  # the mean of five, at the last of their steps
    assert line[-1].tolist() == [999, 1994]


def test_many_curves_are_fainter():
    few, many = (
        panels(figures([tried(i, 0.5, curve=[(1, 0.1), (2, 0.5)]) for i in range(n)])["intermediate"])[0].collections[0]
        for n in (20, 300)
    )

    assert many.get_alpha() < few.get_alpha()
    assert many.get_linewidth() < few.get_linewidth()

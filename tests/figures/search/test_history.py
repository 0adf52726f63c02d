"""The best value so far, and the marks of trials without a value."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import key, panels, written_in
from tests.figures.search.conftest import ACCURACY, BOTH, LOSS, figures, tried

from zerosweep.figures.search.history import progress

TRIALS = [
    tried(3, 0.7),
    tried(0, 0.5),
    tried(1, state="pruned"),
    tried(2, 0.3),
    tried(4, 0.6),
    tried(5, state="failed"),
    tried(6, 0.8),
    tried(7, state="running"),
]


def test_the_best_so_far_by_hand():
    """Trials 0, 2, 3, 4 and 6 have the values 0.5, 0.3, 0.7, 0.6 and 0.8."""
    (up,) = progress(TRIALS, ACCURACY)
    (down,) = progress(TRIALS, LOSS)

    assert up.numbers.tolist() == [0, 2, 3, 4, 6]
    assert up.best.tolist() == [0.5, 0.5, 0.7, 0.7, 0.8]
    assert down.best.tolist() == [0.5, 0.3, 0.3, 0.3, 0.3]
    assert {outcome: numbers.tolist() for outcome, numbers in up.others.items()} == {
        "pruned": [1],
        "failed": [5],
        "running": [7],
    }


def test_the_line_goes_on_to_the_last_trial():
    (ax,) = panels(figures(TRIALS)["history"])
    line = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")

    assert line.get_xdata().tolist() == [0, 2, 3, 4, 6, 7]
    assert line.get_ydata().tolist() == [0.5, 0.5, 0.7, 0.7, 0.8, 0.8]


@pytest.mark.parametrize(("metrics", "side"), [(ACCURACY, 0), (LOSS, 1)])
def test_trials_without_a_value_are_marked_at_the_worse_end(metrics, side):
    figure = figures(TRIALS, metrics)["history"]
    (ax,) = panels(figure)
    marks = [line for line in ax.lines if line.get_transform() == ax.get_xaxis_transform()]

    assert {line.get_marker(): line.get_xdata().tolist() for line in marks} == {"^": [1], "D": [5], "o": [7]}
    assert all(abs(line.get_ydata()[0] - side) < 0.2 for line in marks)
    assert key(figure) == ["complete", "best so far", "pruned", "failed", "running"]
    low, high = ax.get_ylim()
    values = np.array([0.3, 0.8])
    away = (values - low) / (high - low)
    assert (np.abs(away - side) > 0.12).all()  # no value is in the strip


def test_a_diverged_trial_is_no_best_whatever_it_counts_as():
    trials = [
        tried(0, 0.5),
        tried(1, 9.0, verdict="diverged"),
        tried(2, 0.6),
        tried(3, state="failed", verdict="diverged"),
    ]
    (found,) = progress(trials, ACCURACY)

    assert found.best.tolist() == [0.5, 0.6]
    assert found.others["diverged"].tolist() == [1, 3]


def test_an_objective_that_is_no_number_is_no_value():
    (found,) = progress([tried(0, np.inf), tried(1, np.nan), tried(2), tried(3, 1.0)], ACCURACY)

    assert found.values.tolist() == [1]
    assert found.others["no value"].tolist() == [0, 1, 2]


def test_each_objective_has_a_panel_and_its_own_best():
    trials = [tried(0, 0.5, 9.0), tried(1, 0.4, 7.0), tried(2, 0.6, 8.0)]
    first, second = progress(trials, BOTH)

    assert first.best.tolist() == [0.5, 0.5, 0.6]
    assert second.best.tolist() == [9, 7, 7]
    figure = figures(trials, BOTH)["history"]
    assert len(panels(figure)) == 2
    assert {"validation accuracy", "seconds"} <= set(written_in(figure))


def test_without_a_complete_trial_no_numbers_are_pretended():
    figure = figures([tried(i, state="diverged") for i in range(3)])["history"]
    (ax,) = panels(figure)

    assert "no trial is complete" in written_in(figure)
    assert len(ax.get_yticks()) == 0
    assert key(figure) == ["diverged"]


def test_losses_over_decades_have_a_logarithmic_axis():
    (ax,) = panels(figures([tried(0, 1e-3), tried(1, 5.0), tried(2, state="pruned")], LOSS)["history"])

    assert ax.get_yscale() == "log"
    low, high = ax.get_ylim()
    assert 0 < low < 1e-3
    assert high > 6


def test_an_infeasible_trial_is_marked_and_never_the_best():
    trials = [tried(0, 0.5), tried(1, 0.9, state="infeasible"), tried(2, 0.6)]
    (up,) = progress(trials, ACCURACY)
    assert up.best.tolist() == [0.5, 0.6]
    assert {outcome: numbers.tolist() for outcome, numbers in up.others.items()} == {"infeasible": [1]}
    assert "infeasible" in key(figures(trials)["history"])

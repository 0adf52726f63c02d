"""The Pareto front of two objectives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.figures.comparisons import key, panels, written_in
from tests.figures.search.conftest import BOTH, figures, tried

from zerosweep.figures.search.pareto import front, pareto

POINTS = np.array([[1.0, 5], [2, 3], [3, 4], [4, 1], [5, 5], [2, 3], [1, 6]])

FRONTS = {
    ("minimize", "minimize"): [0, 1, 5, 3],
    ("maximize", "maximize"): [6, 4],
    ("maximize", "minimize"): [3, 4],
    ("minimize", "maximize"): [6],
}


@pytest.mark.parametrize(("directions", "expected"), FRONTS.items(), ids=map(" ".join, FRONTS))
def test_fronts_by_hand(directions, expected):
    """Of equal points, such as (2, 3) twice, neither beats the other."""
    assert front(POINTS, directions).tolist() == expected


@given(
    st.lists(st.tuples(*[st.one_of(st.integers(0, 4).map(float), st.floats(-1e300, 1e300))] * 2), max_size=30),
    st.tuples(*[st.sampled_from(["maximize", "minimize"])] * 2),
)
def test_nothing_on_the_front_is_dominated_and_everything_else_is(points, directions):
    values = np.array(points, np.float64).reshape(-1, 2)
    signs = [-1 if direction == "maximize" else 1 for direction in directions]
    costs = values * signs
    on_it = set(front(values, directions).tolist())

    for i, cost in enumerate(costs):
        dominated = ((costs <= cost).all(axis=1) & (costs < cost).any(axis=1)).any()
        assert dominated == (i not in on_it)


def test_the_front_comes_along_the_first_objective():
    values = np.random.default_rng(0).normal(size=(200, 2))
    for directions in FRONTS:
        along = values[front(values, directions), 0]
        assert (np.diff(along) > 0).all()


def test_the_picture_tells_trials_directions_and_what_is_not_drawn():
    trials = [
        tried(4, 0.9, 10.0),
        tried(1, 0.5, 2.0),
        tried(2, 0.4, 5.0),
        tried(3, state="failed"),
        tried(5, 0.1, np.inf),
    ]
    figure = figures(trials, BOTH)["pareto"]
    (ax,) = panels(figure)
    line = next(line for line in ax.lines if line.get_linestyle() == "-")

    assert line.get_xydata().tolist() == [[0.5, 2], [0.9, 10]]
    assert ax.get_xlim() == (0, 1)
    assert key(figure) == ["Pareto front", "dominated"]
    texts = "\n".join(written_in(figure))
    assert "validation accuracy, higher is better" in texts
    assert "seconds, lower is better" in texts
    assert "On the front: trials 1, 4." in texts
    assert "Without values: 1 failed, 1 no value." in texts


@pytest.mark.parametrize("directions", FRONTS)
def test_the_line_of_the_front_passes_no_trial_on_its_good_side(directions):
    """The line goes from point to point by the corner that both dominate."""
    metrics = dict(zip(("a", "b"), directions, strict=True))
    trials = [tried(i, *values) for i, values in enumerate(np.random.default_rng(1).normal(size=(50, 2)).tolist())]
    (ax,) = panels(figures(trials, metrics)["pareto"])
    line = next(line for line in ax.lines if line.get_linestyle() == "-")
    (x1, y1), (x2, y2) = line.get_xydata()[:2]
    corner = {"steps-post": (x2, y1), "steps-pre": (x1, y2)}[line.get_drawstyle()]

    signs = np.array([-1 if direction == "maximize" else 1 for direction in directions])
    assert (corner * signs >= np.array((x1, y1)) * signs).all()
    assert (corner * signs >= np.array((x2, y2)) * signs).all()


def test_without_a_complete_trial():
    trials = [tried(0, state="diverged"), tried(1, state="diverged")]

    assert pareto(trials, list(BOTH.values())).others == {"diverged": 2}
    assert "no trial is complete" in written_in(figures(trials, BOTH)["pareto"])

"""The objective against each setting."""

from __future__ import annotations

import numpy as np
from tests.figures.comparisons import collisions, key, panels, written_in
from tests.figures.search.conftest import LOSS, figures, tried

from zerosweep.figures.search.settings import settings_of
from zerosweep.figures.search.slices import MOST_PANELS, slices

TRIALS = [
    tried(0, 0.5, lr=0.1, optimizer="sgd"),
    tried(2, 0.7, lr=0.2, optimizer="momentum", momentum=0.9),
    tried(1, 0.6, lr=0.3, optimizer="momentum", momentum=0.5),
    tried(3, state="pruned", lr=0.4, optimizer="sgd"),
    tried(4, state="failed", lr=0.5, optimizer="momentum", momentum=0.7),
]


def test_slices_by_hand():
    lr, momentum, optimizer = slices(TRIALS, settings_of(TRIALS, frozenset(), {}), "maximize")

    assert lr.places.tolist() == [0.1, 0.3, 0.2]
    assert lr.values.tolist() == [0.5, 0.6, 0.7]
    assert lr.numbers.tolist() == [0, 1, 2]
    assert lr.best == (0.2, 0.7)
    assert (momentum.setting.name, momentum.places.tolist(), momentum.absent) == ("momentum", [0.5, 0.9], 2)
    assert {outcome: places.tolist() for outcome, places in momentum.others.items()} == {"failed": [0.7]}
    assert optimizer.places.tolist() == [0, 1, 1]
    assert {outcome: places.tolist() for outcome, places in optimizer.others.items()} == {"pruned": [0], "failed": [1]}
    assert {each.trials for each in (lr, momentum, optimizer)} == {5}


def test_the_picture():
    figure = figures(TRIALS, log=["lr"])["slices"]
    lr, momentum, optimizer = panels(figure)

    assert [ax.get_xscale() for ax in (lr, momentum, optimizer)] == ["log", "linear", "linear"]
    assert momentum.get_xlabel() == "momentum (in 3 of 5 trials)"
    assert [label.get_text() for label in optimizer.get_xticklabels()] == ["SGD", "momentum"]
    assert optimizer.collections[0].get_offsets()[:, 0].tolist() == [0, 1, 1]
    assert key(figure) == ["pruned", "failed", "best"]
    assert lr.get_ylim() == momentum.get_ylim()
    assert collisions(figure) == []


def test_the_best_is_not_ringed_where_it_does_not_have_the_setting():
    trials = [tried(0, 0.1, lr=0.1), tried(1, 0.2, lr=0.2, m=1.0), tried(2, 0.1, lr=0.3, m=2.0)]
    settings = settings_of(trials, frozenset(), {})

    assert [each.best for each in slices(trials, settings, "maximize")] == [(0.2, 0.2), (1, 0.2)]
    assert [each.best for each in slices(trials, settings, "minimize")] == [(0.1, 0.1), None]


def test_twelve_settings_are_drawn_and_more_are_counted():
    trials = [tried(i, i / 10, **{f"s{j}": float(i) for j in range(15)}, only=7) for i in range(3)]
    figure = figures(trials, importances={f"s{j}": float(j) for j in range(15)})["slices"]

    assert [ax.get_xlabel() for ax in panels(figure)] == [f"s{j}" for j in range(14, 2, -1)]
    assert len(panels(figure)) == MOST_PANELS
    notes = "\n".join(written_in(figure))
    assert "3 more settings are not drawn: none of them is more important." in notes
    assert "The same in all trials that have it: only 7." in notes
    assert collisions(figure) == []


def test_only_a_complete_trial_has_a_slice():
    assert "slices" not in figures([tried(i, state="pruned", a=i) for i in range(3)])
    assert "slices" not in figures([tried(0, 0.5, a=1)])
    assert "slices" in figures([tried(0, 0.5, a=1), tried(1, state="pruned", a=2)])


def test_losses_over_decades_have_a_logarithmic_axis():
    trials = [tried(i, float(value), a=i) for i, value in enumerate(np.logspace(-4, 3, 8))]

    assert panels(figures(trials, LOSS)["slices"])[0].get_yscale() == "log"

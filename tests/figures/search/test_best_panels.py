"""The curves of the best trials, in a panel each."""

from __future__ import annotations

import numpy as np
from tests.figures.comparisons import collisions, key, panels, written_in
from tests.figures.search.conftest import tried

from zerosweep.figures.search.best_panels import best_panels, panels_of

STEPS = [0, 10, 20]


def curves(*numbers):
    return {
        number: {
            "train/accuracy": (STEPS, [0.1, 0.5, 0.9]),
            "val/accuracy": (STEPS, [0.1, 0.4, 0.8]),
            "train/loss": (STEPS, [2.0, 1.0, 0.5]),
        }
        for number in numbers
    }


def test_titles_tell_rank_settings_and_value_from_the_best_on():
    trials = [
        tried(0, 0.5, optimizer__lr=0.123456789, l2=1e-6),
        tried(1, state="failed", optimizer__lr=0.1, l2=1e-6),
        tried(2, 0.93, optimizer__lr=0.01, l2=0.00012345),
        tried(3, 0.99, verdict="diverged", optimizer__lr=1.0, l2=1e-7),
    ]

    assert [panel.title for panel in panels_of(trials, {}, "val/accuracy")] == [
        "1. lr=0.01 l2=0.00012 → 0.93",
        "2. lr=0.12 l2=1e-06 → 0.5",
    ]
    (least,) = panels_of(trials, {}, "val/loss", "minimize", 1)
    assert least.title == "1. lr=0.12 l2=1e-06 → 0.5"


def test_twenty_of_a_hundred_in_four_rows_of_five():
    trials = [tried(i, i / 100, lr=10.0 ** -(i % 7), l2=10.0**-i) for i in range(100)]
    figure = best_panels(trials, curves(*range(100)), "val/accuracy", title="the book's")
    shown = panels(figure)
    corners = np.array([ax.get_position().p0 for ax in shown]).round(3)

    assert len(shown) == 20
    assert (len(set(corners[:, 0])), len(set(corners[:, 1]))) == (5, 4)
    assert shown[0].get_title(loc="left").startswith("1. ")
    assert shown[0].get_title(loc="left").endswith("0.99")
    assert key(figure) == ["training", "validation"]
    assert len({ax.get_ylim() for ax in shown}) == len({ax.get_xlim() for ax in shown}) == 1
    assert collisions(figure) == []


def test_training_is_dashed_and_validation_solid():
    (ax,) = panels(best_panels([tried(0, 0.8)], curves(0), "val/accuracy", title=""))
    train, val = ax.lines

    assert (train.get_linestyle(), val.get_linestyle()) == ("--", "-")
    assert train.get_ydata().tolist() == [0.1, 0.5, 0.9]
    assert ax.get_ylim() == (0, 1)


def test_only_what_is_like_the_objective_is_drawn():
    (ax,) = panels(best_panels([tried(0, 0.8)], curves(0), "val/loss", title="", direction="minimize"))

    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 1, 0.5]]


def test_trials_without_a_curve_and_searches_without_trials():
    figure = best_panels([tried(0, 0.8), tried(1, 0.9)], curves(0), "val/accuracy", title="")
    assert [ax.get_title(loc="left") for ax in panels(figure)] == ["1. default → 0.9", "2. default → 0.8"]
    assert panels(figure)[0].texts[0].get_text() == "no curve"

    empty = best_panels([tried(0, state="failed")], {}, "val/accuracy", title="")
    assert "no trial is complete" in written_in(empty)
    assert collisions(empty) == []

"""The plane of two settings: the choice of the settings, and the place of each trial."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import collisions, key, panels, written_in
from tests.figures.search.conftest import ACCURACY, LOSS, figures, tried

from zerosweep.figures.search.plane import chosen, plane
from zerosweep.figures.search.settings import settings_of

TRIALS = [
    tried(0, 0.9, lr=0.1, scale=1.0, units=50, bn="true", optimizer="sgd"),
    tried(1, 0.2, lr=0.2, scale=3.0, units=60, bn="false", optimizer="adam", verdict="stuck"),
    tried(2, 0.5, lr=0.3, scale=2.0, units=70, bn="true", optimizer="adam"),
    tried(3, state="pruned", lr=0.4, scale=4.0, units=50, bn="false", optimizer="sgd"),
    tried(4, state="diverged", lr=5.0, scale=9.0, units=50, bn="false", optimizer="a"),
]


def picked(importances=None, trials=TRIALS):
    found = chosen(settings_of(trials, frozenset(), importances or {}))
    return found and tuple(setting and setting.name for setting in found)


@pytest.mark.parametrize(
    ("importances", "expected"),
    [
        ({}, ("lr", "scale", "bn")),
        ({"units": 0.5, "scale": 0.3, "lr": 0.2}, ("scale", "units", "bn")),  # as they came
        ({"optimizer": 0.9, "units": 0.1}, ("lr", "units", "optimizer")),
    ],
)
def test_the_axes_are_the_most_important_numbers(importances, expected):
    assert picked(importances) == expected


def test_panels_need_two_to_four_options():
    five = [tried(i, 0.1, a=i, b=i, o=f"option{i}") for i in range(5)]

    assert picked(trials=five) == ("a", "b", None)
    assert picked(trials=five[:4]) == ("a", "b", "o")


def test_without_two_numbers_there_is_no_plane():
    assert picked(trials=[tried(0, 0.1, lr=0.1, bn="true"), tried(1, 0.2, lr=0.2, bn="false")]) is None
    assert picked(trials=[tried(0, 0.1, lr=0.1, units=5), tried(1, 0.2, lr=0.2, units=5)]) is None
    assert "plane" not in figures([tried(0, 0.1, lr=0.1, units=5)])


def found(trials=TRIALS, metrics=ACCURACY, log=()):
    x, y, by = chosen(settings_of(trials, frozenset(log), {}))
    (metric, direction), *_ = metrics.items()
    return plane(trials, x, y, by, metric, direction)


def test_a_pruned_trial_has_the_colour_of_where_it_was_stopped():
    pruned = tried(
        5, state="pruned", curve=((20, 0.3), (10, 0.1)), lr=0.4, scale=4.0, units=50, bn="false", optimizer="sgd"
    )
    on, off = found([*TRIALS, pruned]).panels

    assert on.stopped.tolist() == []
    assert np.isnan(off.stopped[0])
    assert off.stopped[1] == 0.3
    figure = figures([*TRIALS, pruned])["plane"]
    assert "A pruned trial has the colour of its last intermediate value." in written_in(figure)


def test_each_option_has_a_panel_with_its_trials():
    on, off = found().panels

    assert (on.title, off.title) == ("with batch normalization", "without batch normalization")
    assert on.places.tolist() == [[0.3, 2], [0.1, 1]]  # the best on top
    assert on.values.tolist() == [0.5, 0.9]
    assert off.verdicts == ["stuck"]
    assert {outcome: places.tolist() for outcome, places in off.others.items()} == {
        "pruned": [[0.4, 4]],
        "diverged": [[5, 9]],
    }
    assert (on.best, off.best, found().best) == (True, False, 0)
    assert found(metrics=LOSS).best == 1


def test_trials_without_a_setting_are_drawn_apart_or_counted():
    trials = [*TRIALS, tried(5, 0.4, lr=0.5, scale=1.0), tried(6, 0.4, lr=0.5), tried(7, state="failed")]

    assert [panel.title for panel in found(trials).panels] == [
        "with batch normalization",
        "without batch normalization",
        "no batch normalization",
    ]
    assert found(trials).absent == 2
    note = "Not drawn, as they do not have both lr and scale: 2 of all trials."
    assert note in written_in(figures(trials)["plane"])


def test_settings_never_tried_together_have_no_plane():
    trials = [tried(i, 0.1, **{"ab"[i % 2]: float(i)}) for i in range(6)]

    assert found(trials) is None
    assert "plane" not in figures(trials)


def test_the_picture():
    figure = figures(TRIALS, log=["lr"])["plane"]
    on, off = panels(figure)

    assert (on.get_xscale(), on.get_yscale()) == ("log", "linear")
    assert (on.get_xlim(), on.get_ylim()) == (off.get_xlim(), off.get_ylim())
    assert key(figure) == ["pruned", "diverged", "stuck", "best: trial 0"]
    assert on.collections[0].get_offsets().tolist() == [[0.3, 2], [0.1, 1]]
    assert {line.get_marker(): line.get_xydata().tolist() for line in off.lines if len(line.get_xdata())} == {
        "^": [[0.4, 4]],
        "x": [[5, 9]],
        "_": [[0.2, 3]],
    }
    ring = next(line for line in on.lines if line.get_marker() == "o")
    assert ring.get_xydata().tolist() == [[0.1, 1]]
    (bar,) = (ax for ax in figure.axes if ax.get_label() == "colour bar")
    assert bar.get_ylim() == (0, 1)
    assert {"lr", "scale", "validation accuracy"} | {f"with{out} batch normalization" for out in ("", "out")} <= set(
        written_in(figure)
    )
    assert collisions(figure) == []


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_better_the_brighter(direction):
    trials = [tried(i, value, a=i, b=i) for i, value in enumerate([0.1, 0.5, 1.0])]
    (ax,) = panels(figures(trials, {"m": direction})["plane"])
    brightness = ax.collections[0].get_facecolors()[:, :3].sum(axis=1)

    assert (np.diff(brightness) > 0).all()  # they are drawn from the worst to the best


def test_where_all_diverged_it_is_seen_where():
    figure = figures([tried(i, state="diverged", a=i, b=i * 2) for i in range(4)])["plane"]
    (ax,) = panels(figure)

    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [1, 2], [2, 4], [3, 6]]
    assert key(figure) == ["diverged"]
    assert all(ax.get_label() != "colour bar" for ax in figure.axes)

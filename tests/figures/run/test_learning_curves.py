"""Loss and accuracy against the step: the series, then the picture."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from tests.figures.comparisons import collisions, key, written_in

from zerosweep.figures.drawing.frame import epoch_scale
from zerosweep.figures.drawing.palette import OF_SET
from zerosweep.figures.run import learning_curves
from zerosweep.figures.run.learning_curves import POINTS, averaged, draw
from zerosweep.metrics import SETS
from zerosweep.training.records import History, Step


def test_few_steps_are_drawn_one_by_one():
    steps, values = averaged([1, 2, 3], [5.0, 4.0, 3.5])

    assert steps.tolist() == [1, 2, 3]
    assert values.tolist() == [5.0, 4.0, 3.5]


def test_many_steps_are_means_at_their_last_step(monkeypatch):
    """Seven steps in at most three points: means of 1 2 3, 4 5 6 and of 7 alone."""
    monkeypatch.setattr(learning_curves, "POINTS", 3)
    steps, values = averaged([10, 20, 30, 40, 50, 60, 70], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 70.0])

    assert steps.tolist() == [30, 60, 70]
    assert values.tolist() == [2.0, 5.0, 70.0]


def test_no_steps_are_no_points():
    steps, values = averaged([], [])

    assert len(steps) == len(values) == 0


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(0, 99))
def test_means_keep_the_whole(n, seed):
    """At most 400 points, in order, the last at the last step; each is the mean of the steps up to it, and so their
    weighted mean is the mean of all."""
    losses = np.random.default_rng(seed).uniform(0, 5, n)
    steps, values = averaged(list(range(1, n + 1)), losses.tolist())

    assert 1 <= len(steps) <= POINTS
    assert steps[-1] == n
    counts = np.diff(steps, prepend=0)
    assert (counts > 0).all()
    start = 0
    for stop, value in zip(steps, values, strict=True):
        assert value == pytest.approx(losses[start:stop].mean())
        start = stop


def test_the_series_are_those_of_the_history(history):
    curves = learning_curves.learning_curves(history(steps=20, every=5))

    assert [curve.split for curve in curves["loss"]] == ["train", "val"]
    assert [curve.split for curve in curves["accuracy"]] == ["train", "val", "test"]
    assert curves["loss"][0].steps.tolist() == list(range(1, 21))
    assert curves["loss"][0].values.tolist() == [2.3 / (1 + step / 10) for step in range(1, 21)]
    for curve in (curves["loss"][1], *curves["accuracy"]):
        assert curve.steps.tolist() == [0, 5, 10, 15, 20]
    assert curves["loss"][1].values.tolist() == [2.4 / (1 + step / 10) for step in (0, 5, 10, 15, 20)]


def test_what_was_never_recorded_is_left_out(history):
    curves = learning_curves.learning_curves(history(splits=("train",)))
    assert [curve.split for curve in curves["loss"]] == ["train"]
    assert [curve.split for curve in curves["accuracy"]] == ["train"]

    assert learning_curves.learning_curves(History()) == {"loss": [], "accuracy": []}


LINES = {
    "three sets": (("train", "val", "test"), [["training", "validation"], ["training", "validation", "test"]]),
    "no validation": (("train", "test"), [["training"], ["training", "test"]]),
    "training only": (("train",), [["training"], ["training"]]),
}


@pytest.mark.parametrize(("splits", "labels"), LINES.values(), ids=LINES.keys())
def test_a_panel_each_with_a_line_for_each_set(history, image, splits, labels):
    figure = draw(learning_curves.learning_curves(history(splits=splits)), "a run: learned")
    image(figure)

    names = {OF_SET[split]: name for split, name in SETS.items()}
    assert [frame.title for frame in figure.frames] == ["loss", "accuracy"]
    assert [[names[colour] for colour, _, _ in frame.curves] for frame in figure.frames] == labels
    assert key(figure) == labels[1]  # which has those of the loss too
    assert {"a run: learned", "loss", "accuracy", "step"} <= set(written_in(figure))
    assert collisions(figure) == []


def test_lines_go_through_the_series(history):
    curves = learning_curves.learning_curves(history())
    figure = draw(curves, "")
    lines = iter(line for line in figure.findobj(Line2D) if len(line.get_xdata()) > 3)

    for frame, name in zip(figure.frames, ("loss", "accuracy"), strict=True):
        left, bottom, width, height = frame.box
        for line, curve in zip(islice(lines, len(curves[name])), curves[name], strict=True):
            x, y = (np.asarray(line.get_xdata()) - left) / width, (np.asarray(line.get_ydata()) - bottom) / height
            assert x * frame.xs.high == pytest.approx(curve.steps)
            assert frame.ys.low + y * (frame.ys.high - frame.ys.low) == pytest.approx(curve.values)


def test_accuracy_is_shown_from_zero_to_one(history):
    accuracy = draw(learning_curves.learning_curves(history()), "").frames[1].ys

    assert (accuracy.low, accuracy.high) == (0, 1)


@pytest.mark.parametrize("steps", [1, 7, 60, 999, 3000])
def test_the_ticks_of_steps_are_integers(history, steps):
    for frame in draw(learning_curves.learning_curves(history(steps=steps, every=steps)), "").frames:
        assert 2 <= len(frame.xs.ticks) <= 6
        assert [float(label) for label in frame.xs.labels] == frame.xs.ticks.tolist()
        assert (frame.xs.ticks % 1 == 0).all()
        assert frame.xs.ticks[0] == 0
        assert frame.xs.ticks[-1] <= frame.xs.high <= 1.02 * steps


@pytest.mark.parametrize(
    ("losses", "log"), [([2.3, 1.0, 0.03], False), ([2.3, 1e20], True), ([2.3, 0.01], True), ([25.0, 1e-9, 0.0], False)]
)
def test_a_loss_that_spans_two_decades_has_a_logarithmic_axis(image, losses, log):
    """A loss of zero keeps it linear: a logarithm has no place for it."""
    figure = draw(learning_curves.learning_curves(History(losses=losses)), "")
    image(figure)

    assert figure.frames[0].ys.log is log


def test_epochs_are_a_second_axis(history, image):
    """60 steps of 12 to an epoch are five epochs, each above its own step."""
    figure = draw(learning_curves.learning_curves(history(steps=60)), "a run", per_epoch=12)
    image(figure)
    frame = figure.frames[0]
    epochs = epoch_scale(frame.xs, 12, 6)

    assert {"step", "epoch"} <= set(written_in(figure))
    assert epochs.labels == ["0", "1", "2", "3", "4", "5"]
    assert epochs.fraction(epochs.ticks) == pytest.approx(frame.xs.fraction(12.0 * np.arange(6)))
    assert collisions(figure) == []


def test_less_than_an_epoch_has_no_fractions_of_epochs(history):
    figure = draw(learning_curves.learning_curves(history(steps=5)), "", per_epoch=100)

    assert epoch_scale(figure.frames[0].xs, 100, 6).labels == ["0"]


def test_a_diverged_curve_goes_on_flat_to_a_mark(history, image):
    figure = draw(learning_curves.learning_curves(history(steps=20)), "a run: diverged", diverged=33)
    image(figure)
    crosses = [line for line in figure.findobj(Line2D) if line.get_marker() == "x" and len(line.get_xdata()) == 1]

    for frame in figure.frames:
        pairs = [(frame.curves[i], frame.curves[i + 1]) for i in range(0, len(frame.curves), 2)]
        for (colour, steps, values), (alike, goes_on, flat) in pairs:
            assert (colour, steps[-1], values[-1], values[-1]) == (alike, goes_on[0], *flat)
            assert goes_on[1] == 33
    assert len(crosses) == 5
    assert "diverged at step 33" in key(figure)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_run_that_diverged_at_once_still_has_a_picture(history, image, steps):
    image(draw(learning_curves.learning_curves(history(steps=steps, diverged=True)), "a run: diverged"))


def test_a_run_without_any_record_has_a_picture(image):
    image(draw(learning_curves.learning_curves(History()), "nothing"))


def test_a_curve_of_a_single_point_can_be_seen(history):
    """A line needs two points; one alone needs a marker."""
    figure = draw(learning_curves.learning_curves(history(steps=1)), "")
    single = [line for line in figure.findobj(Line2D) if len(line.get_xdata()) == 1]

    assert len(single) == 5
    assert all(line.get_marker() not in ("None", None, "", " ") for line in single)


@pytest.mark.parametrize("losses", [[1.0, 3e38, 1e-38], [25.0, 5e305]], ids=["float32", "float64"])
def test_the_largest_losses_are_drawn(image, losses):
    image(draw(learning_curves.learning_curves(History(losses=losses)), ""))


def test_a_long_run_is_drawn_with_few_points(image):
    made = History()
    for step in range(1, 20_001):
        made.add(Step(step, 1.0 + 1 / step))
    figure = draw(learning_curves.learning_curves(made), "")
    image(figure)

    assert len(figure.frames[0].curves[0][1]) <= POINTS


def with_rates(rates: list[float]) -> History:
    return History(losses=[1.0] * len(rates), lrs=rates)


def test_a_learning_rate_that_varies_has_a_panel_of_its_own():
    curves = learning_curves.learning_curves(with_rates([0.1, 0.05, 0.025]))
    (rate,) = curves["learning rate"]
    assert (rate.steps.tolist(), rate.values.tolist()) == ([1, 2, 3], [0.1, 0.05, 0.025])
    figure = draw(curves, "a run")
    assert [frame.title for frame in figure.frames] == ["loss", "learning rate"]
    assert key(figure) == ["training"]


def test_a_constant_learning_rate_has_none():
    assert "learning rate" not in learning_curves.learning_curves(with_rates([0.1, 0.1]))


@pytest.mark.parametrize(
    ("rates", "log"),
    [
        ([0.1 * 0.5 * (1 + np.cos(np.pi * t / 100)) for t in range(100)], False),
        ([0.1] * 40 + [0.01] * 40 + [0.0001] * 40, True),
    ],
    ids=["half a cosine", "stairs over three powers of ten"],
)
def test_a_learning_rate_is_logarithmic_where_most_of_it_is_small(image, rates, log):
    figure = draw(learning_curves.learning_curves(with_rates(rates)), "a run")
    image(figure)
    assert figure.frames[-1].ys.log is log

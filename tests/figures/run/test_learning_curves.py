"""Loss and accuracy against the step: the series, then the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from tests.figures.conftest import panels_of, texts_of

from zerosweep.figures.run import learning_curves
from zerosweep.figures.run.learning_curves import POINTS, averaged, draw
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

    panels = panels_of(figure)
    assert [panel.get_title(loc="left") for panel in panels] == ["loss", "accuracy"]
    assert [[line.get_label() for line in panel.lines] for panel in panels] == labels
    (legend,) = filter(None, (panel.get_legend() for panel in panels))
    assert [text.get_text() for text in legend.get_texts()] == labels[1]  # which has those of the loss too
    assert {panel.get_xlabel() for panel in panels} == {"step"}
    assert "a run: learned" in texts_of(figure)


def test_lines_go_through_the_series(history):
    curves = learning_curves.learning_curves(history())
    figure = draw(curves, "")

    for panel, name in zip(panels_of(figure), ("loss", "accuracy"), strict=True):
        for line, curve in zip(panel.lines, curves[name], strict=True):
            assert np.array_equal(line.get_xdata(), curve.steps)
            assert np.array_equal(line.get_ydata(), curve.values)


def test_sets_have_the_same_colour_in_both_panels(history):
    loss, accuracy = panels_of(draw(learning_curves.learning_curves(history()), ""))
    colours = [{line.get_label(): line.get_color() for line in panel.lines} for panel in (loss, accuracy)]

    assert len(set(colours[1].values())) == 3
    assert colours[0].items() <= colours[1].items()


def test_accuracy_is_shown_from_zero_to_one(history):
    low, high = panels_of(draw(learning_curves.learning_curves(history()), ""))[1].get_ylim()

    assert low == 0
    assert 1 <= high <= 1.1


@pytest.mark.parametrize("steps", [1, 7, 60, 999, 3000])
def test_the_ticks_of_steps_are_integers(history, steps):
    for panel in panels_of(draw(learning_curves.learning_curves(history(steps=steps, every=steps)), "")):
        ticks, labels = panel.get_xticks(), [label.get_text() for label in panel.get_xticklabels()]

        assert 2 <= len(ticks) <= 5
        assert [float(label) for label in labels] == ticks.tolist()
        assert (ticks % 1 == 0).all()
        assert ticks[0] == 0
        assert ticks[-1] <= panel.get_xlim()[1] <= 1.02 * steps


def test_the_legend_is_on_no_other_text(history):
    figure = draw(learning_curves.learning_curves(history()), "a run")
    figure.canvas.draw()
    panel = panels_of(figure)[-1]
    title = next(text for text in panel.findobj(Text) if text.get_text() == "accuracy")

    assert title.get_window_extent().x1 < panel.get_legend().get_window_extent().x0
    assert panel.get_legend().get_window_extent().y0 >= panel.get_window_extent().y1


@pytest.mark.parametrize(
    ("losses", "scale"), [([2.3, 1.0, 0.03], "linear"), ([2.3, 1e20], "log"), ([2.3, 0.01], "log")]
)
def test_a_loss_that_spans_two_decades_has_a_logarithmic_axis(image, losses, scale):
    made = History(losses=losses)
    figure = draw(learning_curves.learning_curves(made), "")
    image(figure)

    assert panels_of(figure)[0].get_yscale() == scale


def test_a_loss_of_zero_keeps_the_axis_linear(image):
    """A surface's loss at its minimum: a logarithm has no place for it."""
    figure = draw(learning_curves.learning_curves(History(losses=[25.0, 1e-9, 0.0])), "")
    image(figure)

    assert panels_of(figure)[0].get_yscale() == "linear"


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_run_that_diverged_at_once_still_has_a_picture(history, image, steps):
    image(draw(learning_curves.learning_curves(history(steps=steps, diverged=True)), "a run: diverged"))


def test_a_run_without_any_record_has_a_picture(image):
    image(draw(learning_curves.learning_curves(History()), "nothing"))


def test_a_curve_of_a_single_point_can_be_seen(history):
    """A line needs two points; one alone needs a marker."""
    figure = draw(learning_curves.learning_curves(history(steps=1)), "")
    single = [line for panel in panels_of(figure) for line in panel.lines if len(line.get_xdata()) == 1]

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

    assert len(panels_of(figure)[0].lines[0].get_xdata()) <= POINTS


def with_rates(rates: list[float]) -> History:
    return History(losses=[1.0] * len(rates), lrs=rates)


def test_a_learning_rate_that_varies_has_a_panel_of_its_own():
    curves = learning_curves.learning_curves(with_rates([0.1, 0.05, 0.025]))
    (rate,) = curves["learning rate"]
    assert (rate.steps.tolist(), rate.values.tolist()) == ([1, 2, 3], [0.1, 0.05, 0.025])
    figure = draw(curves, "a run")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["loss", "learning rate"]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["training"]


def test_a_constant_learning_rate_has_none():
    assert "learning rate" not in learning_curves.learning_curves(with_rates([0.1, 0.1]))


@pytest.mark.parametrize(
    ("rates", "scale"),
    [
        ([0.1 * 0.5 * (1 + np.cos(np.pi * t / 100)) for t in range(100)], "linear"),
        ([0.1] * 40 + [0.01] * 40 + [0.0001] * 40, "log"),
    ],
    ids=["half a cosine", "stairs over three powers of ten"],
)
def test_a_learning_rate_is_logarithmic_where_most_of_it_is_small(image, rates, scale):
    figure = draw(learning_curves.learning_curves(with_rates(rates)), "a run")
    image(figure)
    assert figure.axes[-1].get_yscale() == scale

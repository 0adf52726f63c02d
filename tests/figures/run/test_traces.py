"""Traces as panels: their axes, the places of numbers on them, and the texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.figures.comparisons import collisions, figures, key, written_in

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.run.trace_axes import Steps, exponents, trace_axis
from zerosweep.figures.run.traces import DRAWN, ROWS, Trace, draw_traces

FINITE = st.floats(-1e300, 1e300, allow_nan=False)


def arrays(steps=50, units=10, factor=1.0, hidden=True):
    """Return the traces of units that oscillate and grow by this factor at each step."""
    t = np.arange(1, steps + 1)
    lines = np.linspace(0.1, 0.2, units) * (-factor) ** t[:, None]
    layers = ("output", "hidden") if hidden else ("output",)
    kept = {"step": t, "accuracy": np.linspace(0, 1, steps)}
    for layer in layers:
        names = np.array([f"{layer}[{unit}]" for unit in range(units)])
        kept |= {f"{layer}_weight": lines, f"{layer}_bias": lines / 10, f"{layer}_units": names}
    return kept


def lines(*values):
    """One line of these values, shape (T, 1)."""
    return np.array(values, float)[:, None]


def test_the_axis_is_linear_unless_magnitudes_are_spanned():
    assert not trace_axis(np.linspace(-1, 1, 100)[:, None]).log
    assert trace_axis(np.geomspace(1e-5, 1e5, 100)[:, None]).log
    assert not trace_axis(lines(0.1, np.nan, -np.inf, 0.3)).log, "what is not finite is no size"
    assert not trace_axis(np.geomspace(1e-5, 1, 100)[:, None], unit_range=True).log
    assert not trace_axis(lines(np.nan, np.inf)).log


def test_a_logarithmic_axis_shows_sizes_as_published():
    values = np.geomspace(1e-3, 1e200, 100)[:, None] * np.array([1, -1])
    found = trace_axis(values)
    np.testing.assert_allclose(found.place(values[:, 0]), np.linspace(-3, 200, 100))
    np.testing.assert_array_equal(found.place(values[:, 1]), found.place(values[:, 0]))
    assert found.labels == ["1", "1e100", "1e200"]


def test_one_line_does_not_squash_the_others_and_two_of_three_do():
    calm = np.sin(np.arange(50))[:, None] * np.linspace(0.5, 1, 9)
    wild = np.linspace(0, -40, 50)[:, None]
    alone = trace_axis(np.hstack([calm, wild]))
    assert -1.2 < alone.low < -0.9 < 0.9 < alone.high < 1.2
    assert alone.beyond(np.hstack([calm, wild])) == [9]
    assert trace_axis(np.hstack([calm[:, :1], wild, 0.9 * wild])).low < -40


def test_the_first_mini_batches_are_stretched_and_the_others_keep_their_order():
    steps = Steps(600.0, stretched=True)
    np.testing.assert_allclose(steps.place(np.array([0.0, 15, 30, 315, 600])), [0, 120, 240, 420, 600])
    places, labels = steps.ticks()
    assert labels == ["0", "30", "200", "400", "600"]
    assert (np.diff(places) > 0).all()
    np.testing.assert_array_equal(Steps(600.0).place(np.array([0.0, 30])), [0, 30])


def test_numbers_of_rounding_are_drawn_as_zeros():
    still = trace_axis(lines(0.0, 1e-18, -3e-17))
    assert still.low < -0.1 < 0.1 < still.high


@given(st.lists(FINITE, min_size=1, max_size=30))
def test_any_numbers_are_within_their_axis(values):
    values = lines(*values)
    found = trace_axis(values)
    placed = found.place(np.where(np.abs(values) > 1e-9, values, 0))
    assert found.low < found.high
    assert (placed <= found.high + 1e-6).all()
    assert found.log or (placed >= found.low - 1e-6).all()
    assert ((found.ticks >= found.low) & (found.ticks <= found.high)).all()
    assert len(set(found.labels)) == len(found.ticks) <= 7


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(-3, 147, [0, 50, 100]), (-2, 3, [-2, 0, 2]), (-1, 0.5, [-1, -0.5, 0, 0.5])]
)
def test_ticks_are_round(low, high, expected):
    assert list(exponents(low, high)) == expected


def test_five_panels_above_one_another_share_the_mini_batches():
    figure = draw_traces([Trace("", arrays())], "a run")
    assert [len(ax.lines) for ax in figure.axes] == [1, 10, 10, 10, 10]
    assert len({ax.get_xlim() for ax in figure.axes}) == 1
    assert figure.axes[0].get_ylim() == (0, 1)
    np.testing.assert_array_equal(figure.axes[4].lines[3].get_ydata(), arrays()["hidden_bias"][:, 3])
    assert key(figure) == ["first unit: output[0], hidden[0]", "last unit: output[9], hidden[9]"]
    assert not collisions(figure)


def test_a_run_that_diverged_is_logarithmic_and_ends_in_grey(image):
    kept = arrays(factor=20.0)
    kept["output_weight"][-1] = np.nan
    figure = draw_traces([Trace("a", kept, diverged=True), Trace("b", arrays(steps=100))], "two runs")
    assert [len(ax.patches) for ax in figure.axes] == [1, 0] * len(ROWS)
    assert {ax.get_xlim() for ax in figure.axes} == {(0, 100)}
    assert np.abs(figure.axes[2].lines[0].get_ydata()[:-1]).max() < 100, "decades, not numbers"
    text = " ".join(written_in(figure))
    assert "Grey: the numbers were no longer finite." in text
    assert "show log |v|" in text
    assert not collisions(figure)
    image(figure)


def test_units_that_stop_for_good_are_counted_drawn_and_all_and_their_end_is_stretched(image):
    kept = arrays(steps=200, units=64)
    for name in ("hidden_weight", "hidden_bias"):
        kept[name] = kept[name].copy()
        kept[name][9:, :4] = kept[name][9, :4]  # 4 of those drawn and 20 of the others, from mini-batch 10 on
        kept[name][9:, 40:60] = kept[name][9, 40:60]
    kept["hidden_weight"][100:, 3] += 0.1  # this one moves once more
    figure = draw_traces([Trace("a", kept), Trace("b", arrays(steps=200, units=64))], "two runs")
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes[:2]]
    assert titles == ["a stopped for good: 4 of the 10 hidden units drawn, 24 of all 64", "b"]
    assert [len(ax.lines) for ax in figure.axes[6:8]] == [DRAWN + 1] * 2, "and the line at mini-batch 30"
    assert "The first 30 mini-batches" in " ".join(written_in(figure))
    assert not collisions(figure)
    image(figure)


def test_a_network_without_hidden_units_has_no_panels_for_them(image):
    figure = draw_traces([Trace("", arrays(hidden=False))], "a run")
    assert [len(ax.lines) for ax in figure.axes] == [1, 10, 10]
    assert "hidden" not in " ".join(written_in(figure))
    assert [label.get_text() != "" for ax in figure.axes for label in ax.get_xticklabels()[:1]] == [False, False, True]
    assert not collisions(figure)
    image(figure)


def test_of_a_single_step_the_points_are_drawn_and_grey_is_not_explained(image):
    figure = draw_traces([Trace("", arrays(steps=1), diverged=True)], "a run that diverged at step 2")
    assert {line.get_marker() for ax in figure.axes for line in ax.lines} == {"."}
    assert not any(ax.patches for ax in figure.axes)
    assert "Grey" not in " ".join(written_in(figure))
    image(figure)


def test_a_run_without_a_finite_step_is_grey_beside_another():
    figure = draw_traces([Trace("a", arrays(steps=0), diverged=True), Trace("b", arrays())], "two runs")
    assert [len(ax.patches) for ax in figure.axes] == [1, 0] * len(ROWS)
    assert "Grey" in " ".join(written_in(figure))


def compared(lr, seed="", verdict="learned", kept=None):
    return ComparedRun({"optimizer.lr": lr}, seed, verdict, 0.5, [0], [0.5], arrays() if kept is None else kept)


def test_a_report_has_a_column_for_each_level_of_the_first_seed():
    runs = [
        compared(lr, seed, verdict) for seed in ("7", "1") for lr, verdict in (("0.1", "dying"), ("0.01", "learned"))
    ]
    drawn = figures(runs, ["optimizer.lr"], figure="traces")
    assert list(drawn) == ["traces"]
    titles = [ax.get_title(loc="left") for ax in drawn["traces"].axes if ax.get_title(loc="left")]
    assert titles == ["learning rate 0.1: dying", "learning rate 0.01: learned"], "the higher rate first"
    text = " ".join(written_in(drawn["traces"]))
    assert "Of 2 runs each, which differ in the seed, seed 7 is drawn." in text
    assert not collisions(drawn["traces"])


def test_rates_fall_within_each_level_of_an_earlier_factor():
    runs = [
        ComparedRun({"bn": bn, "optimizer.lr": lr}, "", "learned", 0.5, [0], [0.5], arrays())
        for lr, bn in (("0.01", "false"), ("0.5", "false"), ("0.5", "true"))
    ]
    drawn = figures(runs, ["bn", "optimizer.lr"], figure="traces")["traces"]
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in drawn.axes if ax.get_title(loc="left")]
    assert [title.rpartition("learning rate ")[2] for title in titles] == [
        "0.5: learned",
        "0.5: learned",
        "0.01: learned",
    ]
    assert titles[1].partition(",")[0] == titles[2].partition(",")[0] != titles[0].partition(",")[0]


def test_runs_without_a_trace_are_counted_in_a_note():
    some = figures([compared("0.1"), compared("0.01", kept={})], ["optimizer.lr"], figure="traces")["traces"]
    assert len(some.axes) == len(ROWS)
    none = figures([compared("0.1", kept={})], ["optimizer.lr"], figure="traces")["traces"]
    for figure, n in ((some, 2), (none, 1)):
        assert f"1 of {n} runs without a trace: trainer.trace=true saves one." in " ".join(written_in(figure))


def test_a_report_of_one_run_says_how_it_went():
    (drawn,) = figures([ComparedRun({}, "", "dying", 0.1, [0], [0.1], arrays())], [], figure="traces").values()
    assert drawn.axes[0].get_title(loc="left") == "dying"

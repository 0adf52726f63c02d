"""Traces as panels: their axes, the places of numbers on them, and the texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.figures.comparisons import collisions, figures, key, written_in

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.run.traces import ROWS, Trace, draw_traces, exponents, signed_log, trace_axis

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


@given(st.lists(FINITE, min_size=1, max_size=20), st.integers(-100, 100))
def test_a_signed_logarithm_keeps_order_and_sign(values, exponent):
    values = np.sort(np.array(values))
    placed = signed_log(values, 10.0**exponent)
    assert np.isfinite(placed).all()
    assert (np.diff(placed) >= -1e-9).all()
    assert (placed[values == 0] == 0).all()
    np.testing.assert_array_equal(placed, -signed_log(-values, 10.0**exponent))


def test_a_signed_logarithm_by_hand():
    values = np.array([0.0, 9.0, -99.0, 1e200])
    np.testing.assert_allclose(signed_log(values, 1.0), [0, 1, -2, 200])
    np.testing.assert_allclose(signed_log(values / 100, 0.01), [0, 1, -2, 200])


def test_the_axis_is_linear_unless_magnitudes_are_spanned():
    assert trace_axis(np.linspace(-1, 1, 100)).unit is None
    assert trace_axis(np.geomspace(1e-5, 1e5, 100)).unit is not None
    assert trace_axis(np.array([0.1, np.nan, -np.inf, 0.3])).unit is None, "what is not finite is no size"
    assert trace_axis(np.geomspace(1e-5, 1, 100), unit_range=True).unit is None
    assert trace_axis(np.array([np.nan, np.inf])).unit is None


def test_numbers_of_rounding_are_drawn_as_zeros():
    still = trace_axis(np.array([0.0, 1e-18, -3e-17]))
    assert still.low < -0.1 < 0.1 < still.high


@given(st.lists(FINITE, min_size=1, max_size=30))
def test_any_numbers_are_within_their_axis(values):
    values = np.array(values)
    found = trace_axis(values)
    placed = found.place(np.where(np.abs(values) > 1e-9, values, 0))
    assert found.low < found.high
    assert ((placed >= found.low - 1e-6) & (placed <= found.high + 1e-6)).all()
    assert ((found.ticks >= found.low) & (found.ticks <= found.high)).all()
    assert len(set(found.labels)) == len(found.ticks) <= 7


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(-3, 147, [100]), (-2, 3, [0, 2]), (-1, 1.5, [0, 1]), (-3, 300, [150, 300])]
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
    assert "logarithmic in size" in text
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
    assert titles == ["learning rate 0.01: learned", "learning rate 0.1: dying"]
    text = " ".join(written_in(drawn["traces"]))
    assert "Of 2 runs each, which differ in the seed, seed 7 is drawn." in text
    assert not collisions(drawn["traces"])


def test_runs_without_a_trace_are_counted_in_a_note():
    some = figures([compared("0.1"), compared("0.01", kept={})], ["optimizer.lr"], figure="traces")["traces"]
    assert len(some.axes) == len(ROWS)
    none = figures([compared("0.1", kept={})], ["optimizer.lr"], figure="traces")["traces"]
    for figure, n in ((some, 2), (none, 1)):
        assert f"1 of {n} runs without a trace: trainer.trace=true saves one." in " ".join(written_in(figure))


def test_a_report_of_one_run_says_how_it_went():
    (drawn,) = figures([ComparedRun({}, "", "dying", 0.1, [0], [0.1], arrays())], [], figure="traces").values()
    assert drawn.axes[0].get_title(loc="left") == "dying"

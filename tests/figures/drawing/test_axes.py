"""Axes: their ranges, linear or logarithmic, and their ticks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.figures.drawing.axes import has_unit_range, scale, tick_labels
from zerosweep.figures.drawing.numbers import drawable


def of(*values: float, **how):
    return scale(np.array(values, np.float64), **how)


def test_a_unit_range_is_from_zero_to_one():
    axis = of(0.4, 0.5, unit_range=True)

    assert (axis.low, axis.high, axis.log) == (0, 1, False)
    assert axis.labels[0] == "0"
    assert axis.labels[-1] == "1"


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("val/accuracy", [0, 0.5, 1], True),
        ("dead/hidden1", [0.2], True),
        ("val/loss", [0.2], False),
        ("val/accuracy", [50, 97], False),  # in percent
        ("val/accuracy", [], True),
    ],
)
def test_which_metrics_have_a_unit_range(metric, values, expected):
    assert has_unit_range(metric, np.array(values, np.float64)) is expected


@pytest.mark.parametrize(
    ("values", "log"), [([1, 99], False), ([1, 101], True), ([0, 1000], False), ([-1, 1000], False), ([5], False)]
)
def test_positive_values_of_more_than_two_decades_are_logarithmic(values, log):
    assert of(*values).log is log


def test_ticks_of_a_logarithmic_axis_are_powers_of_ten():
    assert of(0.001, 10, ticks=5).labels == ["0.001", "0.01", "0.1", "1", "10"]
    assert len(of(1e-30, 1e30, ticks=5).ticks) <= 7


def test_labels_are_plain_and_different():
    assert tick_labels(np.array([0, 20000.0, 40000])) == ["0", "20000", "40000"]
    assert tick_labels(np.array([0.0001, 0.5])) == ["0.0001", "0.5"]
    assert tick_labels(np.array([1e-9, 1e9])) == ["10⁻⁹", "10⁹"]
    assert tick_labels(np.array([1000.001, 1000.002])) == ["1000.001", "1000.002"]
    assert tick_labels(np.array([])) == []


def test_fractions():
    assert of(0, 10, margin=0).fraction(np.array([0.0, 5, 10, 99])).tolist() == [0, 0.5, 1, 1]
    assert of(0.01, 100, margin=0).fraction(np.array([0.01, 1, 100])) == pytest.approx([0, 0.5, 1])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6), st.sampled_from([0.0, 0.04]))
def test_every_finite_value_is_on_its_axis(values, margin):
    shown = drawable(np.array(values, np.float64))
    axis = scale(shown, margin=margin)

    assert np.isfinite([axis.low, axis.high, axis.high / 2 - axis.low / 2]).all()
    assert axis.low < axis.high
    slack = 1e-9 * max(abs(axis.low), abs(axis.high))
    assert ((axis.low - slack <= shown) & (shown <= axis.high + slack)).all()
    assert ((axis.ticks >= axis.low) & (axis.ticks <= axis.high)).all()
    assert len(axis.ticks) == len(axis.labels) == len(set(axis.labels)) <= 10
    fractions = axis.fraction(shown)
    assert ((fractions >= 0) & (fractions <= 1)).all()

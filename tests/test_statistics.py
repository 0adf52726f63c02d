"""Means, intervals and tests, by hand and by another implementation."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.statistics import ROUNDING, corrected, fraction_interval, mean, sample

VALUES = st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.1, 1e308, -1e308, 5e-324]))


def of(*values: float):
    return sample(np.array(values, np.float64).reshape(-1, 1))


def test_an_interval_by_hand():
    """Of 1 to 5: mean 3, s = √2.5 = 1.58114, t(0.975, 4) = 2.776445, and so 2.776445 · 1.58114 / √5 = 1.963243."""
    found = of(1, 2, 3, 4, 5)

    assert (found.n.tolist(), found.mean.tolist()) == ([5], [3])
    assert found.sd == pytest.approx([1.58114], abs=1e-5)
    assert found.half == pytest.approx([1.963243], abs=1e-6)
    assert np.array(found.interval) == pytest.approx(np.array([[1.036757], [4.963243]]), abs=1e-6)


def test_each_column_counts_what_it_has():
    """Two values: t(0.975, 1) = 12.7062, s = √2 for 1 and 3, half = 12.7062. One value has no interval, and none no mean."""
    nan = np.nan
    found = sample(np.array([[1.0, 5.0, nan], [3.0, nan, nan]]))

    assert found.n.tolist() == [2, 1, 0]
    assert np.array_equal(found.mean, [2, 5, nan], equal_nan=True)
    assert found.half[0] == pytest.approx(12.7062, abs=1e-4)
    assert np.isnan([found.half[1:], found.sd[1:], found.p[1:]]).all()


@pytest.mark.parametrize(("value", "p"), [(0.9, np.nan), (0.0, 1.0), (1e-200, np.nan)])
def test_equal_values_have_no_interval_wherever_they_are_asked(value, p):
    found = of(value, value, value)

    assert (found.mean[0], found.sd[0]) == pytest.approx((value, 0.0))
    assert np.isnan(found.half[0])
    assert found.p[0] == pytest.approx(p, nan_ok=True)


def test_differences_that_are_equal_but_for_rounding_have_no_interval():
    found = sample(np.array([[0.8], [0.7], [0.6]]), np.array([[0.9], [0.8], [0.7]]))

    assert found.mean[0] == pytest.approx(-0.1)
    assert np.isnan([found.half[0], found.p[0]]).all()


@given(st.lists(st.integers(-(10**6), 10**6).map(lambda eighths: eighths / 8), min_size=2, max_size=9))
def test_intervals_and_tests_are_those_of_scipy(values):
    found = of(*values)
    assert found.mean[0] == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    if np.ptp(values):
        expected = scipy.stats.ttest_1samp(values, 0.0)
        low, high = expected.confidence_interval(0.95)
        assert found.half[0] == pytest.approx((high - low) / 2, rel=1e-6)
        assert found.p[0] == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


@given(VALUES)
def test_no_values_are_too_large(values):
    """An interval may be wider than a float holds; it is never NaN, unless there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = of(*values)
        low, high = found.interval

    exact = [Fraction(value) for value in values]  # the half of the smallest float is zero
    equal = not values or max(exact) - min(exact) <= Fraction(ROUNDING) * max(map(abs, exact)) / 2
    assert np.isnan(found.mean[0]) == (len(values) == 0)
    if equal or len(values) < 2:
        assert np.isnan(found.half[0])
    if not np.isnan(found.half[0]):
        assert low[0] <= found.mean[0] <= high[0]
        assert 0 <= found.p[0] <= 1


def test_a_mean_does_not_overflow():
    assert mean([1.5e308, 1.5e308]) == 1.5e308
    assert mean([1.0, 2.0, 6.0]) == pytest.approx(3)


def test_the_correction_of_benjamini_and_hochberg_by_hand():
    """0.01 · 3 / 1, 0.02 · 3 / 2 and 0.5 · 3 / 3, none above the next."""
    assert corrected([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.03])


def test_the_interval_of_wilson_by_hand():
    """Of 5 in 10, with z = 1.959964: center 0.5, half z / (1 + z²/10) · √(0.25 / 10 + z² / 400) = 0.263407."""
    assert fraction_interval(5, 10) == pytest.approx((0.5 - 0.263407, 0.5 + 0.263407), abs=1e-6)

"""Means and intervals, by hand and by another implementation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.figures.sweep.repeats import mean_interval

VALUE = st.floats(-1e300, 1e300)


def test_an_interval_by_hand():
    """Of 1 to 5: mean 3, s = √2.5 = 1.58114, t(0.975, 4) = 2.776445, and so 2.776445 · 1.58114 / √5 = 1.963243."""
    mean, half = mean_interval(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]))

    assert mean.tolist() == [3]
    assert half == pytest.approx([1.963243], abs=1e-6)


def test_each_column_counts_what_it_has():
    """Two values: t(0.975, 1) = 12.7062, s = √2 for 1 and 3, half = 12.7062. One value has no interval, and none no mean."""
    nan = np.nan
    mean, half = mean_interval(np.array([[1.0, 5.0, nan], [3.0, nan, nan]]))

    assert np.array_equal(mean, [2, 5, nan], equal_nan=True)
    assert half[0] == pytest.approx(12.7062, abs=1e-4)
    assert np.isnan(half[1:]).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9))
def test_intervals_are_those_of_scipy(values):
    mean, half = mean_interval(np.array(values)[:, None])
    sem = scipy.stats.sem(values)
    expected = scipy.stats.t.ppf(0.975, len(values) - 1) * sem

    assert mean[0] == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert half[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.lists(VALUE, max_size=9))
def test_no_values_are_too_large(values):
    """As large as metrics are drawn. The interval may be wider than a float holds; it is never NaN."""
    mean, half = mean_interval(np.array(values, np.float64).reshape(-1, 1))

    assert np.isnan(mean[0]) == (len(values) == 0)
    assert np.isnan(half[0]) == (len(values) < 2)
    assert not values or min(values) - 1e290 <= mean[0] <= max(values) + 1e290

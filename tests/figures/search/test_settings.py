"""The settings that varied, their order, and the axis of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.figures.search.conftest import tried

from zerosweep.figures.search.axes import count_scale, linear_scale, log_scale
from zerosweep.figures.search.settings import fixed, settings_of


def setting(*values, log=()):
    (found,) = settings_of([tried(i, a=value) for i, value in enumerate(values)], frozenset(log), {})
    return found


def test_settings_come_by_importance_then_numbers_first():
    trials = [tried(0, bn="true", lr=0.1, scale=1.0, units=50), tried(1, bn="false", lr=0.2, scale=2.0, units=60)]

    def names(**importances):
        return [each.name for each in settings_of(trials, frozenset(), importances)]

    assert names() == ["lr", "scale", "units", "bn"]
    assert names(units=0.1, bn=0.7) == ["bn", "units", "lr", "scale"]
    assert names(lr=float("nan"), scale=0.2) == ["scale", "lr", "units", "bn"]


def test_what_has_one_level_does_not_vary():
    trials = [tried(0, lr=0.1, bn="true"), tried(1, lr=0.1, bn="false", momentum=0.9), tried(2)]

    assert [each.name for each in settings_of(trials, frozenset(), {})] == ["bn"]
    assert fixed(trials) == {"lr": "0.1", "momentum": "0.9"}


@pytest.mark.parametrize(
    ("values", "numeric"),
    [
        ((1, 2), True),
        ((0.5, 3), True),
        (("1", "2"), False),  # a switch
        (("1", "2", "10"), True),
        (("true", "false"), False),
        ((True, False), False),
        ((1, "null"), False),
        ((1.0, float("inf")), False),
    ],
)
def test_what_is_a_number(values, numeric):
    assert setting(*values).numeric is numeric


def test_options_stand_side_by_side():
    found = setting("sgd", "adam", "momentum")
    trials = [tried(0, a="adam"), tried(1), tried(2, a="sgd")]

    assert found.axis().labels == ["sgd", "adam", "momentum"]
    assert np.array_equal(found.places(trials), [1, np.nan, 0], equal_nan=True)
    assert setting("false", "true").levels == ["true", "false"]


def test_few_numbers_are_all_named_as_they_are():
    assert setting(3, 1, 2, 4).axis(2).labels == ["1", "2", "3", "4"]
    assert setting(1024, 8192, 32, log="a").axis(2).labels == ["32", "1024", "8192"]
    assert len(setting(1, 2, 100).axis(3).labels) < 6  # 1 and 2 would be written over each other


def test_an_axis_is_as_the_search_went():
    """A uniform search has a linear axis even near 0.

    A search on a log scale has a log axis however little it spans.
    """
    assert not setting(*np.linspace(0.001, 0.9, 30).tolist()).axis().log
    assert setting(*np.linspace(0.1, 0.3, 30).tolist(), log="a").axis().log
    assert setting("0.001", "0.1", "1").axis().log  # of options to choose from the values alone are known
    assert not setting(0.0, 0.5, 1.0, log="a").axis().log


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.1, 0.9], ["0.1", "0.2", "0.5"]),
        ([1, 50], ["1", "3", "10", "30"]),
        ([1, 5000], ["1", "10", "100", "1000"]),
        ([0.0101, 0.0119], ["0.0105", "0.011", "0.0115"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(values, labels):
    assert log_scale(np.array(values, np.float64), 4).labels == labels


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=5), st.integers(2, 6))
def test_every_value_is_on_its_axis(values, ticks):
    given_ = np.array(values)
    for axis in (linear_scale(given_, ticks), log_scale(given_, ticks)):
        assert axis.low < axis.high
        assert axis.low <= given_.min() * (1 + 1e-9)
        assert given_.max() <= axis.high * (1 + 1e-9)
        assert ((axis.ticks >= axis.low) & (axis.ticks <= axis.high)).all()
        assert len(axis.ticks) == len(axis.labels) <= 12


@given(st.lists(st.integers(0, 10**7), max_size=5), st.integers(2, 6))
def test_counts_have_whole_ticks(counts, ticks):
    axis = count_scale(np.array(counts, np.float64), ticks)

    assert (axis.ticks % 1 == 0).all()
    assert 1 <= len(axis.ticks) == len(set(axis.labels))
    assert axis.low <= 0 <= max(counts, default=0) <= axis.high

"""The order of levels, and their texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.figures.drawing.levels import LONGEST, in_order, level_labels, numbers

ORDERS = {
    "numbers by size": (["10", "9", "1e-3", "0.5"], ["1e-3", "0.5", "9", "10"]),
    "negative ones": (["1", "-2", "0"], ["-2", "0", "1"]),
    "words as given": (["sgd", "adam", "momentum"], ["sgd", "adam", "momentum"]),
    "true first": (["false", "true"], ["true", "false"]),
    "each once": (["b", "a", "b", "a"], ["b", "a"]),
    "numbers and a word as given": (["3", "null", "1"], ["3", "null", "1"]),
    "infinity is a word": (["2", "inf", "1"], ["2", "inf", "1"]),
    "equal numbers as given": (["1.0", "0.5", "1"], ["0.5", "1.0", "1"]),
    "none": ([], []),
}


@pytest.mark.parametrize(("levels", "expected"), ORDERS.values(), ids=ORDERS.keys())
def test_order(levels, expected):
    assert in_order(levels) == expected


def test_numbers_are_all_or_none():
    assert numbers(["1", "1e-2"]) == [1, 0.01]
    assert numbers(["1", "two"]) == []
    assert numbers(["nan"]) == []


def test_levels_are_written_short():
    long = "a_word_that_goes_on_and_on_and_on_to_its_end"
    names = level_labels(["0.01", "0.012345678901", long, ""])

    assert names["0.01"] == "0.01"
    assert names["0.012345678901"] == "0.0123"
    assert names[""] == "–"
    assert names[long].startswith("a_word")
    assert names[long].endswith("end")
    assert len(names[long]) == LONGEST


def test_levels_that_differ_late_are_still_told_apart():
    assert level_labels(["0.12345678901", "0.12345678902"]).values() != {"0.1235"}
    assert len(set(level_labels(["0.12345678901", "0.12345678902"]).values())) == 2
    middle = [f"{'a' * 30}{i}{'b' * 30}" for i in range(3)]
    assert len(set(level_labels(middle).values())) == 3


@given(st.lists(st.text(max_size=60), unique=True, max_size=8))
def test_no_two_levels_are_written_alike(levels):
    names = level_labels(levels)

    assert list(names) == levels
    assert len({name for level, name in names.items() if level not in ("", "–")}) == len(set(levels) - {"", "–"})

"""Recipes: the values that they refuse, and the errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.errors import SettingError
from zerosweep.recipe import Range, Recipe, number, one_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@dataclass
class Example(Recipe):
    lr: float = number(0.1, above=0)
    momentum: float = number(0.9, at_least=0, below=1)
    every: int | None = number(None, at_least=1)
    hidden: list[int] = number([3, 4], at_least=1, at_most=9)
    anything: float = number(0.0)
    sampling: str = one_of("shuffle", "with_replacement")
    dtype: str = one_of("float32", "float64", default="float64")


def complaint(**settings: object) -> str:
    with pytest.raises(SettingError) as caught:
        Example(**settings)
    return str(caught.value)


@given(FINITE, FINITE)
def test_bounds_that_are_excluded_and_included(value, bound):
    assert Range(above=bound).admits(value) == (value > bound)
    assert Range(below=bound).admits(value) == (value < bound)
    assert Range(at_least=bound).admits(value) == (value >= bound)
    assert Range(at_most=bound).admits(value) == (value <= bound)


@given(value=FINITE, low=FINITE, high=FINITE)
def test_two_bounds_must_both_hold(value, low, high):
    assert Range(at_least=low, below=high).admits(value) == (low <= value < high)


@given(bounds=st.tuples(*4 * [st.none() | FINITE]), value=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_no_range_admits_what_is_not_finite(bounds, value):
    assert not Range(*bounds).admits(value)


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        (Range(above=0), "must be > 0"),
        (Range(at_least=0, below=1), "must be >= 0 and < 1"),
        (Range(above=0.5, at_most=9), "must be > 0.5 and <= 9"),
        (Range(), "must be a finite number"),
    ],
)
def test_a_range_in_words(allowed, text):
    assert str(allowed) == text


def test_the_defaults_are_as_declared():
    made = Example()

    assert (made.lr, made.momentum, made.every, made.anything) == (0.1, 0.9, None, 0.0)
    assert (made.hidden, made.sampling, made.dtype) == ([3, 4], "shuffle", "float64")


@pytest.mark.parametrize("kept", [{"lr": 1e-300}, {"momentum": 0}, {"every": 1}, {"hidden": []}, {"hidden": [1, 9]}])
def test_values_at_the_edge_are_kept(kept):
    made = Example(**kept)

    assert {name: getattr(made, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0}, "lr=0: must be > 0"),
        ({"lr": math.nan}, "lr=nan: must be > 0"),
        ({"lr": math.inf}, "lr=inf: must be > 0 and finite"),
        ({"momentum": 1}, "momentum=1: must be >= 0 and < 1"),
        ({"every": 0}, "every=0: must be >= 1"),
        ({"anything": -math.inf}, "anything=-inf: must be a finite number"),
        ({"hidden": [5, 0, 5]}, "hidden=[5, 0, 5]: must be >= 1 and <= 9"),
        ({"hidden": [5, 10]}, "hidden=[5, 10]: must be >= 1 and <= 9"),
        ({"hidden": [math.nan]}, "hidden=[nan]: must be >= 1 and <= 9"),
    ],
)
def test_a_value_out_of_range_is_named(settings, message):
    assert complaint(**settings) == message


def test_a_word_that_is_no_choice_is_answered_with_the_nearest():
    assert complaint(sampling="shufle") == (
        "sampling=shufle: must be one of shuffle, with_replacement; did you mean shuffle?"
    )
    assert complaint(dtype="int8") == "dtype=int8: must be one of float32, float64"


def test_a_list_default_is_not_shared():
    Example().hidden.append(99)

    assert Example().hidden == [3, 4]


def test_a_recipe_that_inherits_checks_its_own_fields_and_its_parents():
    @dataclass
    class Special(Example):
        rate: float = number(0.5, below=1)

    assert Special(rate=0.2).lr == 0.1
    for settings in ({"rate": 1}, {"lr": 0}):
        with pytest.raises(SettingError, match=f"^{next(iter(settings))}="):
            Special(**settings)


def test_a_number_without_a_default_must_be_given():
    @dataclass
    class Needy(Recipe):
        rate: float = number(above=0)

    assert Needy(0.5).rate == 0.5
    with pytest.raises(TypeError, match="rate"):
        Needy()


def test_an_integer_too_large_for_a_float_is_still_an_integer():
    """A seed, for example, may have any number of digits."""
    assert Range(at_least=0).admits(10**400)

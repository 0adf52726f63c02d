"""Overrides from Python values, and values from recorded text."""

from pathlib import Path

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.config.keywords import Interval, overrides, value_of
from zerosweep.errors import SettingError, UserError
from zerosweep.tracking.params import as_typed


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("adam", "adam"),
        (True, "true"),
        (np.bool_(False), "false"),
        (None, "null"),
        (3, "3"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        (np.float64(0.25), "0.25"),
        (np.int64(7), "7"),
        ([100, 50], "[100,50]"),
        ((1, 2), "[1,2]"),
        (np.array([1, 2]), "[1,2]"),
        ([[0.5, "a b"]], "[[0.5,a b]]"),
        ("true", "'true'"),
        ("1", "'1'"),
        ("null", "'null'"),
        ("sgd,adam", "'sgd,adam'"),
        ("range(3)", "'range(3)'"),
        ("it's", r"'it\'s'"),
        ("", "''"),
        (Path("/data/mnist"), "/data/mnist"),
        (Interval(1e-4, 1, log=True), "tag(log,interval(0.0001,1))"),
        (Interval(1, 9, whole=True), "int(interval(1,9))"),
    ],
)
def test_a_value_is_written_in_hydras_grammar(value, spelled):
    assert overrides([], {"name": value}) == [f"name={spelled}"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_hydra_reads_back_what_was_given(value):
    (line,) = overrides([], {"name": value})
    parsed = OverridesParser.create().parse_override(line)
    assert not parsed.is_sweep_override()
    assert unquoted(parsed.value()) == value


def unquoted(value):
    return [*map(unquoted, value)] if isinstance(value, list) else getattr(value, "text", value)


@given(st.lists(VALUES, min_size=2, max_size=4))
def test_hydra_reads_a_list_of_a_sweep_as_its_values(values):
    (line,) = overrides([], {"name": values}, sweeps=True)
    parsed = OverridesParser.create().parse_override(line)
    assert [*map(unquoted, parsed.value().list)] == values


def test_arguments_come_in_order_and_dictionaries_are_dotted():
    found = overrides(["optimizer=adam", {"optimizer.lr": 0.1}], {"model": {"hidden": [5]}, "bn": True})
    assert found == ["optimizer=adam", "optimizer.lr=0.1", "model.hidden=[5]", "bn=true"]


def test_any_iterable_is_swept():
    found = overrides([], {"seed": range(2), "bn": (True, False), "x": np.array([0.5])}, sweeps=True)
    assert found == ["seed=0,1", "bn=true,false", "x=0.5"]
    with pytest.raises(SettingError, match=r"seed=\[\]: has no values"):
        overrides([], {"seed": []}, sweeps=True)


def test_other_values_are_refused():
    with pytest.raises(SettingError, match=r"optimizer.lr=<object.*must be a number"):
        overrides([], {"optimizer": {"lr": object()}})
    with pytest.raises(UserError, match="3: must be an override"):
        overrides([3], {})


@given(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.lists(st.integers() | st.booleans()))
def test_recorded_text_has_its_value_back(value):
    found = value_of(as_typed(value))
    assert found == value
    assert type(found) is type(value)


def test_text_stays_text():
    for text in ("adam", "1.0.0", "[a", "1_000", "2026-01-01", "trueish"):
        assert value_of(text) == text
    assert value_of("{name:tpe,n:3}") == {"name": "tpe", "n": 3}
    first = value_of("[1,2]")
    first.append(3)
    assert value_of("[1,2]") == [1, 2]

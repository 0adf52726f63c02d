"""Names for people: short, never empty, different for what differs."""

import doctest
from dataclasses import fields

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zerosweep import naming
from zerosweep.config.purposes import purposes
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.naming import OPTIONS, USUALLY_ON, WORDS, level_title, run_name, short_names, value_text
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.places import CONF
from zerosweep.recipe import Purpose

NUMBERS = st.floats(1e-8, 1e8) | st.integers(-(10**9), 10**9)
LEVELS = {
    **{group: st.sampled_from(sorted(options)) for group, options in GROUPS.items()},
    "bn": st.booleans(),
    "dataset.normalize": st.booleans(),
    "seed": st.integers(0, 2**32),
    "init.scale": NUMBERS,
    "optimizer.lr": NUMBERS,
    "regularizer.l2": NUMBERS,
    "model.hidden": st.lists(st.integers(1, 2000), max_size=6),
    "model.activation": st.sampled_from(["relu", "tanh"]),
    "mine.scale": NUMBERS,
    "mine.eager": st.booleans(),
}


@st.composite
def two_runs(draw):
    """Draw the levels of two runs of one sweep, which differ in any of the settings that vary."""
    varied = draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True, min_size=1))
    first = {name: draw(LEVELS[name]) for name in varied}
    return first, first | {name: draw(LEVELS[name]) for name in draw(st.sets(st.sampled_from(varied)))}


@given(two_runs())
def test_runs_that_differ_have_different_names(runs):
    first, second = runs
    texts = [{name: value_text(value) for name, value in run.items()} for run in runs]
    assume(texts[0] != texts[1])
    assert run_name(first) != run_name(second)


@given(two_runs())
def test_a_name_is_there_and_is_the_same_from_texts(runs):
    levels, _ = runs
    texts = {name: str(value).lower().replace(" ", "") for name, value in levels.items()}
    assert run_name(levels).strip()
    assert run_name(levels) == run_name(texts)  # as MLflow's params have them


@given(NUMBERS)
def test_a_number_is_within_half_of_its_third_digit(value):
    assert float(value_text(value)) == pytest.approx(value, rel=5.001e-3)
    if isinstance(value, int):
        assert value_text(value) == str(value)


def test_examples():
    assert doctest.testmod(naming).failed == 0


def test_what_is_not_a_number_stays():
    paths = ["/data/0.12345678/train.csv", "007", "true", "nan", "1_000.5", "a=0.123456", ""]
    assert [value_text(path) for path in paths] == paths
    assert value_text("[0.1234567,2,relu]") == "[0.123,2,relu]"
    assert value_text(0.0123456, digits=5) == "0.012346"


def test_short_names_that_collide_stay_whole():
    assert short_names(["init.scale", "mine.scale", "bn"]) == {
        "init.scale": "init.scale",
        "mine.scale": "mine.scale",
        "bn": "bn",
    }


def test_secrets_are_masked():
    assert run_name({"dataset.path": "https://me:hunter2@host/x.csv"}) == "path=https://***@host/x.csv"


def test_every_word_names_a_setting_or_an_option():
    number_settings = {name for name, purpose in purposes().items() if purpose is not Purpose.COMMAND}
    assert set(WORDS) <= number_settings
    assert set(OPTIONS) <= {file.stem for group in GROUPS for file in (CONF / group).glob("*.yaml")} | {*ACTIVATIONS}


def test_the_switches_that_are_usually_on_are_those_of_the_schemas():
    kinds = {"": [Settings], **{group: options.values() for group, options in GROUPS.items()}}
    on = {
        f"{section}.{setting.name}".lstrip(".")
        for section, recipes in kinds.items()
        for recipe in recipes
        for setting in fields(recipe)
        if setting.default is True
    }
    assert {name for name in on if purposes().get(name) is Purpose.NUMBERS} == USUALLY_ON


@pytest.mark.parametrize("option", ["none", "null"])
def test_an_option_that_stands_for_nothing_says_of_what(option):
    assert level_title("schedule", option) == "no schedule"
    assert run_name({"schedule": option, "bn": True}) == "no schedule bn"

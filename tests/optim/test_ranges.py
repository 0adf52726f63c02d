"""Every setting of every optimizer has a range, and says so where a value is outside it."""

import dataclasses
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.errors import SettingError
from zerosweep.optim.adaptive import AdaGrad
from zerosweep.optim.registry import OPTIMIZERS

RANGE = {
    "lr": "must be > 0",
    "momentum": "must be >= 0 and < 1",
    "decay": "must be >= 0 and < 1",
    "beta1": "must be >= 0 and < 1",
    "beta2": "must be >= 0 and < 1",
    "initial_accumulator": "must be >= 0",
    "epsilon": "must be > 0",
    "weight_decay": "must be >= 0",
}
ADAGRAD = {**RANGE, "epsilon": "must be >= 0"}  # its h₀ may keep the divisor from zero instead
NOT_FINITE = [math.nan, math.inf, -math.inf]
OUTSIDE = {
    "must be > 0": st.floats(max_value=0) | st.sampled_from(NOT_FINITE),
    "must be >= 0": st.floats(max_value=0, exclude_max=True) | st.sampled_from(NOT_FINITE),
    "must be >= 0 and < 1": st.floats(max_value=0, exclude_max=True)
    | st.floats(min_value=1)
    | st.sampled_from(NOT_FINITE),
}
INSIDE = {
    "must be > 0": st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    "must be >= 0": st.floats(min_value=0, allow_infinity=False),
    "must be >= 0 and < 1": st.floats(min_value=0, max_value=1, exclude_max=True),
}
SETTINGS = [
    (make, setting.name, (ADAGRAD if make is AdaGrad else RANGE)[setting.name])
    for make in OPTIMIZERS.values()
    for setting in dataclasses.fields(make)
    if setting.type not in ("bool", "str")
]
every_setting = pytest.mark.parametrize(
    ("make", "name", "allowed"), SETTINGS, ids=[f"{make.__name__}.{name}" for make, name, _ in SETTINGS]
)


@every_setting
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_value_outside_is_refused_with_the_field_and_its_range(make, name, allowed, data):
    value = data.draw(OUTSIDE[allowed])
    if value == math.inf and "<" not in allowed:
        allowed += " and finite"
    with pytest.raises(SettingError, match=rf"^{name}={re.escape(str(value))}: {allowed}$") as refusal:
        make(**{name: value})
    assert (refusal.value.setting, refusal.value.allowed) == (name, allowed)


@every_setting
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_value_inside_is_taken_as_it_is(make, name, allowed, data):
    value = data.draw(INSIDE[allowed])
    other = {"epsilon": 0.5} if name == "initial_accumulator" else {}
    assert getattr(make(**{name: value}, **other), name) == value


def test_adagrad_needs_something_to_divide_by():
    for initial_accumulator in (0, 1e-50):
        with pytest.raises(SettingError, match=r"^epsilon=0.0: must be >= 1e-30 where initial_accumulator is less$"):
            AdaGrad(initial_accumulator=initial_accumulator)
    assert AdaGrad(initial_accumulator=0, epsilon=1e-8).epsilon == 1e-8

"""What every schedule owes, and their factors by hand."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.errors import SettingError
from zerosweep.optim.schedules import SCHEDULES, Constant, Cosine, Exponential, Step

every, gamma = st.integers(1, 2000), st.floats(0.01, 1)
schedules = st.one_of(
    st.builds(Constant),
    st.builds(Step, every, gamma),
    st.builds(Exponential, every, gamma),
    st.builds(Cosine, floor=st.floats(0, 1, exclude_max=True)),
)


def lowest(schedule) -> float:
    return schedule.floor if isinstance(schedule, Cosine) else 0


def test_no_schedule_is_left_out_here():
    assert set(SCHEDULES.values()) == {Constant, Step, Exponential, Cosine}


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)
def test_the_first_update_has_the_whole_learning_rate(make):
    assert make().factor(0, 500) == 1


@settings(max_examples=100, deadline=None)
@given(schedules, st.integers(2, 100))
def test_from_one_on_it_never_rises_and_stays_positive(schedule, steps):
    factors = [schedule.factor(step, steps) for step in range(steps)]
    assert factors[0] == pytest.approx(1, rel=1e-15)
    # half a cosine between neighbouring floats may rise by a rounding error
    assert all(after <= before + 1e-15 for before, after in pairwise(factors))
    assert factors[-1] > 0
    assert factors[-1] >= lowest(schedule) - 1e-15


BY_HAND = [
    (Constant(), 4, [1, 1, 1, 1]),
    (Step(every=3, gamma=0.5), 8, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]),
    (Step(every=1, gamma=0.1), 3, [1, 0.1, 0.01]),
    (Exponential(every=2, gamma=0.25), 5, [1, 0.5, 0.25, 0.125, 0.0625]),
    (Cosine(), 4, [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
    (Cosine(floor=0.2), 3, [1, 0.2 + 0.8 * 0.75, 0.2 + 0.8 * 0.25]),  # cosines of 60° and 120°
]


@pytest.mark.parametrize(("schedule", "steps", "factors"), BY_HAND, ids=lambda value: type(value).__name__)
def test_factors_by_hand(schedule, steps, factors):
    assert [schedule.factor(step, steps) for step in range(steps)] == pytest.approx(factors, rel=1e-14)


@pytest.mark.parametrize("floor", [0, 0.3])
def test_cosine_ends_at_its_floor(floor):
    assert Cosine(floor=floor).factor(1000, 1000) == pytest.approx(floor, abs=1e-15)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 50), st.floats(0.01, 1), st.integers(0, 20))
def test_step_and_exponential_meet_at_the_stairs(every, gamma, stairs):
    at = every * stairs
    assert Step(every, gamma).factor(at, 1000) == pytest.approx(Exponential(every, gamma).factor(at, 1000), rel=1e-12)


@pytest.mark.parametrize("kind", [Constant, Step, Exponential])
def test_only_cosine_looks_at_the_number_of_steps(kind):
    assert kind().factor(700, 1000) == kind().factor(700, 5000)
    assert Cosine().factor(700, 1000) == pytest.approx(Cosine().factor(3500, 5000))


@pytest.mark.parametrize(
    ("kind", "field", "value", "allowed"),
    [
        *((kind, "every", 0, "must be >= 1") for kind in (Step, Exponential)),
        *(
            (kind, "gamma", value, "must be > 0 and <= 1")
            for kind in (Step, Exponential)
            for value in (0, 1.5, math.nan)
        ),
        *((Cosine, "floor", value, "must be >= 0 and < 1") for value in (-0.1, 1, math.nan)),
    ],
)
def test_a_value_out_of_range_is_refused(kind, field, value, allowed):
    with pytest.raises(SettingError, match=f"^{field}={value}: {allowed}$"):
        kind(**{field: value})

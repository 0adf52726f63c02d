"""What every initializer owes: the distribution that its docstring states, from the generator that it is given."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.errors import SettingError
from zerosweep.nn.initializers import INITIALIZERS
from zerosweep.nn.layer import Parameter

FAN_IN, FAN_OUT = 300, 200
WEIGHT = Parameter((FAN_IN, FAN_OUT), "weight", fan_in=FAN_IN, fan_out=FAN_OUT)
DEVIATION = {
    "normal": 1,
    "uniform": 1 / math.sqrt(3),
    "xavier": math.sqrt(2 / 500),
    "xavier_uniform": math.sqrt(2 / 500),
    "he": math.sqrt(2 / 300),
    "he_uniform": math.sqrt(2 / 300),
}
BOUND = {"uniform": 1, "xavier_uniform": math.sqrt(6 / 500), "he_uniform": math.sqrt(6 / 300)}

every_initializer = pytest.mark.parametrize("name", INITIALIZERS)


def draw(name: str, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    return INITIALIZERS[name](scale=scale).draw(WEIGHT, np.random.default_rng(seed))


@every_initializer
def test_mean_and_deviation(name):
    w = draw(name)
    assert w.shape == WEIGHT.shape
    assert abs(w.mean()) < 5 * DEVIATION[name] / math.sqrt(w.size)
    # the standard error of a deviation is at most σ/√(2n), which the normal distribution has
    assert w.std() == pytest.approx(DEVIATION[name], rel=5 / math.sqrt(2 * w.size))


@every_initializer
def test_deviation_is_stated_as_it_is_drawn(name):
    assert INITIALIZERS[name](scale=0.5).deviation(WEIGHT) == pytest.approx(0.5 * DEVIATION[name])


@pytest.mark.parametrize("name", BOUND)
def test_uniform_draws_fill_their_bounds_evenly(name):
    w = draw(name) / BOUND[name]
    assert np.abs(w).max() <= 1
    counts, _ = np.histogram(w, bins=10, range=(-1, 1))
    # 6,000 of 60,000 in each tenth, with a binomial standard error of 73
    np.testing.assert_allclose(counts, w.size / 10, atol=5 * 73)


@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - set(BOUND)))
def test_normal_draws_have_the_tails_of_a_normal_distribution(name):
    w = np.abs(draw(name)) / DEVIATION[name]
    for deviations, share in ((1, 0.3173), (2, 0.0455), (3, 0.0027)):
        standard_error = math.sqrt(share * (1 - share) / w.size)
        assert (w > deviations).mean() == pytest.approx(share, abs=5 * standard_error)


@every_initializer
def test_the_scale_multiplies_the_same_numbers(name):
    np.testing.assert_allclose(draw(name, scale=3.0), 3 * draw(name), rtol=1e-14)


@every_initializer
def test_the_draw_is_a_function_of_the_generator(name):
    np.testing.assert_array_equal(draw(name, seed=1), draw(name, seed=1))
    assert (draw(name, seed=1) != draw(name, seed=2)).all()


def test_kinds_of_scale_share_their_random_numbers():
    """So that a sweep over initializers compares scales, not luck."""
    np.testing.assert_allclose(draw("he") / DEVIATION["he"], draw("normal"), rtol=1e-13)
    np.testing.assert_allclose(draw("xavier") / DEVIATION["xavier"], draw("normal"), rtol=1e-13)
    np.testing.assert_allclose(draw("he_uniform") / BOUND["he_uniform"], draw("uniform"), rtol=1e-13)
    np.testing.assert_allclose(draw("xavier_uniform") / BOUND["xavier_uniform"], draw("uniform"), rtol=1e-13)


@every_initializer
@settings(max_examples=20, deadline=None)
@given(scale=st.floats(max_value=0) | st.sampled_from([math.nan, math.inf]))
def test_a_scale_out_of_range_is_refused(name, scale):
    with pytest.raises(SettingError, match=rf"^scale=.*: must be > 0{' and finite' if scale == math.inf else ''}$"):
        INITIALIZERS[name](scale=scale)

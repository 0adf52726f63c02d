"""Cross entropy with clipped probabilities: the mechanism of experiment E2."""

import math

import numpy as np
import pytest

from zerosweep.errors import SettingError
from zerosweep.nn.losses import CrossEntropy

# softmax = (1/100, 99/100), whose first class is under the clip of 0.05, and (1/4, 3/4), where both are above
OUTPUTS = np.array([[0, math.log(99)], [0, math.log(3)]])


def value_and_gradient(loss, targets):
    d_outputs = np.full_like(OUTPUTS, np.nan)
    return loss.value_and_gradient(OUTPUTS, targets, d_outputs), d_outputs


@pytest.mark.parametrize("targets", [np.array([0, 0]), np.array([[1.0, 0.0], [1.0, 0.0]])], ids=["classes", "one-hot"])
def test_a_row_whose_class_is_under_the_clip_has_a_gradient_of_exactly_zero(targets):
    value, d_outputs = value_and_gradient(CrossEntropy(clip=0.05), targets)
    assert value == pytest.approx((-math.log(0.05) - math.log(0.25)) / 2)
    np.testing.assert_array_equal(d_outputs[0], 0)
    np.testing.assert_allclose(d_outputs[1], [-3 / 8, 3 / 8])


def test_without_the_clip_the_same_row_has_a_gradient():
    _, d_outputs = value_and_gradient(CrossEntropy(), np.array([0, 0]))
    np.testing.assert_allclose(d_outputs[0], [-0.99 / 2, 0.99 / 2])


def test_only_the_clipped_part_of_a_soft_target_is_flat():
    """L = -0.3 ln 0.05 - 0.7 ln p₂ has the gradient 0.7 (p - (0, 1))."""
    targets = np.array([[0.3, 0.7], [0.3, 0.7]])
    value, d_outputs = value_and_gradient(CrossEntropy(clip=0.05), targets)
    first = -0.3 * math.log(0.05) - 0.7 * math.log(0.99)
    second = -0.3 * math.log(0.25) - 0.7 * math.log(0.75)
    assert value == pytest.approx((first + second) / 2)
    np.testing.assert_allclose(d_outputs[0], np.array([0.7 * 0.01, 0.7 * -0.01]) / 2)
    np.testing.assert_allclose(d_outputs[1], np.array([0.25 - 0.3, 0.75 - 0.7]) / 2)


@pytest.mark.parametrize("targets", [np.array([1, 0]), np.array([[0.0, 1.0], [0.3, 0.7]])], ids=["classes", "soft"])
def test_above_the_clip_it_is_cross_entropy(targets):
    value, d_outputs = value_and_gradient(CrossEntropy(clip=1e-3), targets)
    expected, d_expected = value_and_gradient(CrossEntropy(), targets)
    assert value == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(d_outputs, d_expected, rtol=1e-13)


def test_the_loss_of_a_row_never_exceeds_that_of_the_clip():
    hopeless = np.array([[0, 1e4]], np.float32)
    assert CrossEntropy(clip=1e-10).value(hopeless, np.array([0])) == pytest.approx(-math.log(1e-10))


@pytest.mark.parametrize("clip", [-1e-10, 1.0, float("nan"), float("inf")])
def test_a_clip_that_is_no_probability_is_refused(clip):
    with pytest.raises(SettingError, match=r"^clip=.*: must be >= 0 and < 1$"):
        CrossEntropy(clip=clip)


def test_the_smallest_clip():
    assert CrossEntropy(clip=1e-30).clip == 1e-30
    with pytest.raises(SettingError, match=r"^clip=9e-31: must be 0 or >= 1e-30"):
        CrossEntropy(clip=9e-31)

"""What every loss owes, and their values by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zerosweep.nn.losses import LOSSES, CrossEntropy, SumOfSquares

every_loss = pytest.mark.parametrize(
    "loss", [*(kind() for kind in LOSSES.values()), CrossEntropy(clip=0.05)], ids=[*LOSSES, "cross_entropy, clipped"]
)
logits = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(2, 5)), elements=st.floats(-30, 30))


@pytest.fixture
def outputs() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((6, 4))


CLASSES = np.array([0, 3, 1, 1, 2, 0])
ONE_HOT = np.eye(4)[CLASSES]


def value_and_gradient(loss, outputs, targets):
    d_outputs = np.full_like(outputs, np.nan)
    return loss.value_and_gradient(outputs, targets, d_outputs), d_outputs


@every_loss
def test_value_is_the_value_of_value_and_gradient(loss, outputs):
    for targets in (CLASSES, ONE_HOT):
        assert loss.value(outputs, targets) == value_and_gradient(loss, outputs, targets)[0]


@every_loss
def test_class_indices_mean_their_one_hot_rows(loss, outputs):
    by_class, d_by_class = value_and_gradient(loss, outputs, CLASSES)
    by_row, d_by_row = value_and_gradient(loss, outputs, ONE_HOT)
    assert by_class == pytest.approx(by_row, rel=1e-14)
    np.testing.assert_allclose(d_by_class, d_by_row, rtol=1e-13, atol=1e-16)


@every_loss
def test_it_is_the_mean_of_the_losses_of_the_rows(loss, outputs):
    value, d_outputs = value_and_gradient(loss, outputs, CLASSES)
    rows = [value_and_gradient(loss, outputs[i : i + 1], CLASSES[i : i + 1]) for i in range(6)]
    assert value == pytest.approx(sum(row for row, _ in rows) / 6, rel=1e-13)
    np.testing.assert_allclose(d_outputs, np.concatenate([d_row for _, d_row in rows]) / 6, rtol=1e-13, atol=1e-16)


@every_loss
def test_outputs_and_targets_are_left_alone(loss, outputs):
    for targets in (CLASSES.copy(), ONE_HOT.copy()):
        outputs_before, targets_before = outputs.copy(), targets.copy()
        value_and_gradient(loss, outputs, targets)
        np.testing.assert_array_equal(outputs, outputs_before)
        np.testing.assert_array_equal(targets, targets_before)


@every_loss
def test_float32_is_near_float64(loss, outputs):
    value, d_outputs = value_and_gradient(loss, outputs.astype(np.float32), CLASSES)
    expected, d_expected = value_and_gradient(loss, outputs, CLASSES)
    assert d_outputs.dtype == np.float32
    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(d_outputs, d_expected, atol=1e-6)


# Experiment E3: the outputs of a network and its class, 2, once sure of it and once of class 7.
SURE = np.array([[0.1, 0.05, 0.6, 0, 0.05, 0.1, 0, 0.1, 0, 0]])
WRONG = np.array([[0.1, 0.05, 0.1, 0, 0.05, 0.1, 0, 0.6, 0, 0]])


def test_sum_of_squares_of_experiment_e3():
    """½ (0.01 + 0.0025 + 0.16 + 0 + 0.0025 + 0.01 + 0 + 0.01) = 0.0975 and ½ (0.01 + 0.0025 + 0.81 + ... + 0.36) = 0.5975."""
    assert SumOfSquares().value(SURE, np.array([2])) == pytest.approx(0.0975)
    assert SumOfSquares().value(WRONG, np.array([2])) == pytest.approx(0.5975)


def test_sum_of_squares_of_a_softmax_has_the_book_s_value_at_the_logarithms_of_its_probabilities():
    logits = np.log(np.maximum(SURE, 1e-12))
    assert SumOfSquares(outputs="softmax").value(logits, np.array([2])) == pytest.approx(0.0975)
    assert CrossEntropy().value(logits, np.array([2])) == pytest.approx(-np.log(0.6))


def logits_with_softmax(y: np.ndarray) -> np.ndarray:
    """ln y, since softmax(ln y) = y; the zeros of y become -1000, whose exponential is 0."""
    return np.where(y > 0, np.log(np.where(y > 0, y, 1)), -1000)


def test_cross_entropy_of_experiment_e3():
    for loss in (CrossEntropy(), CrossEntropy(clip=1e-10)):
        value, d_outputs = value_and_gradient(loss, logits_with_softmax(SURE), np.array([2]))
        assert value == pytest.approx(0.5108, abs=5e-5)  # -ln 0.6
        np.testing.assert_allclose(d_outputs, SURE - np.eye(10)[[2]], atol=1e-15)
        assert loss.value(logits_with_softmax(WRONG), np.array([2])) == pytest.approx(-math.log(0.1))


def test_cross_entropy_of_two_rows_by_hand():
    """softmax(0, ln 3) = (1/4, 3/4) and softmax(5, 5) = (1/2, 1/2)."""
    value, d_outputs = value_and_gradient(CrossEntropy(), np.array([[0, math.log(3)], [5, 5]]), np.array([0, 1]))
    assert value == pytest.approx((math.log(4) + math.log(2)) / 2)
    np.testing.assert_allclose(d_outputs, [[-3 / 8, 3 / 8], [1 / 4, -1 / 4]])


def test_cross_entropy_of_a_soft_target_by_hand():
    value, d_outputs = value_and_gradient(CrossEntropy(), np.array([[0, math.log(3)]]), np.array([[0.4, 0.6]]))
    assert value == pytest.approx(0.4 * math.log(4) + 0.6 * math.log(4 / 3))
    np.testing.assert_allclose(d_outputs, [[0.25 - 0.4, 0.75 - 0.6]])


def test_sum_of_squares_of_two_rows_by_hand():
    value, d_outputs = value_and_gradient(SumOfSquares(), np.array([[1.0, 2], [3, -1]]), np.array([[0.0, 4], [3, 0]]))
    assert value == (0.5 * (1 + 4) + 0.5 * (0 + 1)) / 2
    np.testing.assert_array_equal(d_outputs, [[0.5, -1], [0, -0.5]])


@settings(max_examples=50, deadline=None)
@given(logits, st.floats(-100, 100))
def test_a_constant_added_to_all_logits_changes_nothing(outputs, constant):
    targets = np.zeros(len(outputs), int)
    value, d_outputs = value_and_gradient(CrossEntropy(), outputs, targets)
    moved, d_moved = value_and_gradient(CrossEntropy(), outputs + constant, targets)
    assert moved == pytest.approx(value, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(d_moved, d_outputs, rtol=1e-11, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(logits)
def test_the_gradient_of_cross_entropy_sums_to_zero_over_the_classes(outputs):
    _, d_outputs = value_and_gradient(CrossEntropy(), outputs, np.zeros(len(outputs), int))
    np.testing.assert_allclose(d_outputs.sum(axis=1), 0, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_give_finite_numbers(dtype):
    outputs = np.array([[1e4, 0], [-1e4, -2e4]], dtype)
    value, d_outputs = value_and_gradient(CrossEntropy(), outputs, np.array([1, 0]))
    assert value == 5000  # of rows with losses 10⁴ and 0
    np.testing.assert_array_equal(d_outputs, [[0.5, -0.5], [0, 0]])

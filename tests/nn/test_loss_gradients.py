"""The gradient of every loss against central differences of its value."""

import numpy as np
import pytest

from zerosweep.nn.gradcheck import numerical_gradient
from zerosweep.nn.losses import LOSSES, CrossEntropy, SumOfSquares

RNG = np.random.default_rng(5)
OUTPUTS = 2 * RNG.standard_normal((7, 4))
SOFT = RNG.dirichlet(np.ones(4), 7)
TARGETS = {
    "classes": RNG.integers(0, 4, 7),
    "one-hot": np.eye(4)[RNG.integers(0, 4, 7)],
    "soft": SOFT,
    "weighted": SOFT * RNG.uniform(0.2, 3, (7, 1)),
}
CLIP = 0.08
LOSS = {"cross_entropy": CrossEntropy(), "cross_entropy, clipped": CrossEntropy(clip=CLIP), "mse": SumOfSquares(),
        "mse, softmax": SumOfSquares(outputs="softmax")}  # fmt: skip


def test_no_loss_is_left_out_here():
    assert {type(loss) for loss in LOSS.values()} == set(LOSSES.values())


def test_the_clip_binds_for_some_and_is_near_to_none():
    """Otherwise the checks below would see one branch only, or difference across the kink."""
    p = np.exp(OUTPUTS) / np.exp(OUTPUTS).sum(axis=1, keepdims=True)
    assert np.abs(p - CLIP).min() > 1e-3
    under = (p < CLIP)[np.arange(7), TARGETS["classes"]]
    assert under.any()
    assert not under.all()


@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("loss", LOSS.values(), ids=LOSS)
def test_gradient(loss, targets, assert_gradients_agree):
    outputs, d_outputs = OUTPUTS.copy(), np.empty_like(OUTPUTS)
    loss.value_and_gradient(outputs, targets, d_outputs)
    numerical = numerical_gradient(lambda: loss.value(outputs, targets), outputs.reshape(-1), np.empty(outputs.size))
    assert_gradients_agree(d_outputs.ravel(), numerical)

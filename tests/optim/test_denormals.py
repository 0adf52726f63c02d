"""Accumulators of parameters whose gradient has become zero: they decay, but never stay among the denormals, on which
processors are many times slower."""

import numpy as np
import pytest

from zerosweep.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from zerosweep.optim.descent import Momentum, Nesterov
from zerosweep.optim.optimizer import FLUSH_EVERY, State

TINY = np.finfo(np.float32).tiny

# gradients from 1e-12 to 1e3 of both signs, for as many steps as it takes to fill the accumulators
START = np.concatenate([np.logspace(-12, 3, 61), -np.logspace(-12, 3, 61)]).astype(np.float32)
OPTIMIZERS = {
    "momentum": Momentum(momentum=0.9),
    "momentum, slower": Momentum(momentum=0.99),
    "nesterov": Nesterov(momentum=0.9),
    "adagrad": AdaGrad(),
    "rmsprop": RMSProp(decay=0.9),
    "adam": Adam(),
    "adam, both fast": Adam(beta1=0.9, beta2=0.9),
    "adamw": AdamW(),
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def denormals(state: State) -> int:
    return sum(int(((a != 0) & (np.abs(a) < TINY)).sum()) for a in state.accumulators.values())


@every_optimizer
@pytest.mark.parametrize("start", [1, FLUSH_EVERY])
def test_no_accumulator_holds_a_denormal(optimizer, start):
    theta, zeros = np.zeros_like(START), np.zeros_like(START)
    state = optimizer.init(len(theta))
    for _ in range(start):
        optimizer.update(theta, START, state)
    seen = 0
    for _ in range(3000):
        optimizer.update(theta, zeros, state)
        seen += denormals(state)
    assert seen == 0


@pytest.mark.parametrize(
    ("name", "accumulator"),
    [("momentum", "v"), ("nesterov", "v"), ("rmsprop", "h"), ("adam", "M"), ("adam, both fast", "V"), ("adamw", "M")],
)
def test_what_has_decayed_becomes_zero(name, accumulator):
    """0.9 ^ 3000 is 1e-137: without a flush these would stand at the smallest denormal."""
    optimizer = OPTIMIZERS[name]
    theta, state = np.zeros_like(START), optimizer.init(len(START))
    optimizer.update(theta, START, state)
    assert (state.accumulators[accumulator] != 0).all()
    for _ in range(3000):
        optimizer.update(theta, np.zeros_like(START), state)
    np.testing.assert_array_equal(state.accumulators[accumulator], 0)


@every_optimizer
def test_the_flush_does_not_show_in_the_parameters(optimizer):
    """In float64 the same accumulators are flushed some 270 decades later."""
    thetas = []
    for dtype in (np.float32, np.float64):
        theta, state = np.ones(len(START), dtype), optimizer.init(len(START), dtype)
        optimizer.update(theta, START.astype(dtype), state)
        for _ in range(1000):
            optimizer.update(theta, np.zeros_like(theta), state)
        thetas.append(theta)
    # 1,000 float32 roundings of a number near 1 add up to a few 1e-6 at most, were they random; decay makes them 1e-5
    np.testing.assert_allclose(*thetas, rtol=3e-5, atol=3e-5)


def test_the_flush_takes_nothing_that_counts():
    kept = np.array([1e-30, -1e-30, 1e-3, 0, 5], np.float32)
    state = State(0, {"v": kept.copy()})
    state.flush()
    np.testing.assert_array_equal(state.accumulators["v"], kept)

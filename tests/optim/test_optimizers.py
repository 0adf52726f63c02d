"""What every optimizer owes, whatever its rule."""

import copy
import dataclasses

import numpy as np
import pytest

from zerosweep.optim.optimizer import BLOCK, FLUSH_EVERY
from zerosweep.optim.registry import OPTIMIZERS

every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(n: int, seed: int, dtype=np.float64) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(dtype)


def run(optimizer, theta, state, steps=5, scale=1.0, first_seed=0) -> np.ndarray:
    """theta after some updates by random gradients, which are the same for the same seeds."""
    for seed in range(first_seed, first_seed + steps):
        optimizer.update(theta, numbers(len(theta), seed, theta.dtype), state, scale)
    return theta


@every_optimizer
def test_the_recipe_is_the_same_after_updates(make):
    optimizer = make()
    before = copy.deepcopy(vars(optimizer))
    run(optimizer, numbers(10, 99), optimizer.init(10, np.float64))
    assert vars(optimizer) == before
    assert set(before) == {setting.name for setting in dataclasses.fields(optimizer)}


@every_optimizer
def test_two_states_of_one_recipe_are_independent(make):
    """Two problems in turns under one recipe come out as each one alone."""
    optimizer = make()
    thetas = [numbers(10, 98), numbers(10, 99)]
    states = [optimizer.init(10, np.float64), optimizer.init(10, np.float64)]
    for step in range(5):
        for i in (0, 1):
            run(optimizer, thetas[i], states[i], steps=1, first_seed=10 * i + step)
    for i in (0, 1):
        alone = run(make(), numbers(10, 98 + i), make().init(10, np.float64), first_seed=10 * i)
        np.testing.assert_array_equal(thetas[i], alone)


@every_optimizer
def test_a_fresh_state_starts_from_the_beginning(make):
    optimizer = make()
    first = run(optimizer, numbers(10, 99), optimizer.init(10, np.float64))
    np.testing.assert_array_equal(run(optimizer, numbers(10, 99), optimizer.init(10, np.float64)), first)


@every_optimizer
def test_a_copied_state_goes_on_like_the_original(make):
    optimizer = make()
    theta, state = numbers(10, 99), optimizer.init(10, np.float64)
    run(optimizer, theta, state)
    theta_copy, state_copy = theta.copy(), copy.deepcopy(state)
    run(optimizer, theta, state, steps=2 * FLUSH_EVERY)
    np.testing.assert_array_equal(run(optimizer, theta_copy, state_copy, steps=2 * FLUSH_EVERY), theta)
    assert state_copy.t == state.t
    for name, accumulator in state.accumulators.items():
        np.testing.assert_array_equal(state_copy.accumulators[name], accumulator)


@every_optimizer
def test_update_writes_into_theta_and_nothing_else_that_it_is_given(make):
    optimizer = make()
    theta, gradient = numbers(10, 0), numbers(10, 1)
    theta_before, gradient_before = theta.copy(), gradient.tobytes()
    assert optimizer.update(theta, gradient, optimizer.init(10, np.float64)) is None
    assert gradient.tobytes() == gradient_before
    assert (theta != theta_before).all()


@every_optimizer
def test_update_goes_against_the_gradient(make):
    theta, gradient = np.zeros(10), numbers(10, 1)
    make().update(theta, gradient, make().init(10, np.float64))
    np.testing.assert_array_equal(np.sign(theta), -np.sign(gradient))


@every_optimizer
def test_state_counts_the_updates(make):
    state = make().init(3)
    assert state.t == 0
    run(make(), numbers(3, 0, np.float32), state, steps=4)
    assert state.t == 4


@every_dtype
@every_optimizer
def test_accumulators_are_vectors_of_their_own(make, dtype):
    state = make().init(7, dtype)
    assert tuple(state.accumulators) == make.accumulators
    vectors = list(state.accumulators.values())
    assert all(vector.shape == (7,) and vector.dtype == dtype for vector in vectors)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(vectors) for b in vectors[:i])


@every_optimizer
def test_float32_is_kept_and_near_float64(make):
    theta32, theta64 = numbers(100, 99, np.float32), numbers(100, 99, np.float32).astype(np.float64)
    state32, state64 = make().init(100), make().init(100, np.float64)
    for seed in range(20):
        gradient = numbers(100, seed, np.float32)
        make().update(theta32, gradient, state32)
        make().update(theta64, gradient.astype(np.float64), state64)
    assert {theta32.dtype, *(a.dtype for a in state32.accumulators.values())} == {np.dtype(np.float32)}
    np.testing.assert_allclose(theta32, theta64, rtol=1e-5, atol=1e-5)


@every_optimizer
@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 40_000])
def test_blocks_do_not_show(make, n):
    """A long vector moves as the same numbers do in short vectors, past a flush of the accumulators too."""
    optimizer, steps = make(), FLUSH_EVERY + 2 if n == 40_000 else 3
    cuts = range(0, n, 1000)
    theta = numbers(n, 99)
    state, pieces = optimizer.init(n, np.float64), [theta[i : i + 1000].copy() for i in cuts]
    states = [optimizer.init(len(piece), np.float64) for piece in pieces]
    for seed in range(steps):
        gradient = numbers(n, seed)
        optimizer.update(theta, gradient, state)
        for i, piece, state_of_piece in zip(cuts, pieces, states, strict=True):
            optimizer.update(piece, gradient[i : i + 1000], state_of_piece)
    np.testing.assert_array_equal(theta, np.concatenate(pieces))
    for name, accumulator in state.accumulators.items():
        np.testing.assert_array_equal(accumulator, np.concatenate([piece.accumulators[name] for piece in states]))


@every_optimizer
def test_scale_is_a_factor_on_the_learning_rate(make):
    scaled = run(make(lr=0.02), numbers(10, 99), make().init(10, np.float64), scale=0.25)
    slower = run(make(lr=0.02 * 0.25), numbers(10, 99), make().init(10, np.float64))
    np.testing.assert_array_equal(scaled, slower)


CURVATURE, MINIMUM = np.array([1.0, 4.0, 0.5]), np.array([1.0, -2.0, 0.3])
RATE = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.5, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_finds_the_minimum_of_a_quadratic(name):
    """½ Σ a (θ - c)², of which every coordinate starts at least 0.3 away. AdamW's decay is small, because it moves the minimum."""
    optimizer = OPTIMIZERS[name](lr=RATE[name], **({"weight_decay": 1e-6} if name == "adamw" else {}))
    theta, state = np.zeros(3), optimizer.init(3, np.float64)
    for _ in range(1000):
        optimizer.update(theta, CURVATURE * (theta - MINIMUM), state)
    np.testing.assert_allclose(theta, MINIMUM, rtol=0, atol=1e-6)


@every_optimizer
def test_every_setting_is_used(make):
    """A setting that changes nothing is a setting that was forgotten."""
    other = {"epsilon_inside": True, "epsilon": 0.3, "initial_accumulator": 0.7, "first_step": "published"}
    plain = run(make(), numbers(10, 99), make().init(10, np.float64))
    for setting in dataclasses.fields(make):
        changed = {setting.name: other.get(setting.name, 0.123)}
        base = {"epsilon": 0.3} if setting.name == "epsilon_inside" else {}
        reference = run(make(**base), numbers(10, 99), make(**base).init(10, np.float64)) if base else plain
        optimizer = make(**base, **changed)
        moved = run(optimizer, numbers(10, 99), optimizer.init(10, np.float64))
        assert (moved != reference).any(), setting.name


def test_a_zero_gradient_leaves_adagrads_parameter_where_it_is_however_small_h_started():
    """h₀ must not be flushed away to make 0 / 0."""
    optimizer = OPTIMIZERS["adagrad"](initial_accumulator=1e-30)
    theta, state = np.ones(2, np.float32), optimizer.init(2)
    for _ in range(FLUSH_EVERY + 1):
        optimizer.update(theta, np.zeros(2, np.float32), state)
    np.testing.assert_array_equal(theta, 1)

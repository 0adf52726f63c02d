"""Mini-batches."""

from __future__ import annotations

import math
from itertools import chain, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.data.batches import SAMPLINGS, Batches, batch_rows
from zerosweep.data.dataset import Examples

ROWS, SIZE = st.integers(1, 60), st.integers(1, 70)


def examples(n: int, one_hot: bool = False) -> Examples:
    """Rows that tell their number: x[i] = (i, i + ½), target 7 i or a row of its own."""
    x = np.arange(n, dtype=np.float32)[:, None] + np.array([0, 0.5], np.float32)
    return Examples(x, np.eye(n, dtype=np.float32) if one_hot else 7 * np.arange(n))


@given(ROWS, SIZE, st.integers(0, 99))
def test_shuffle_covers_each_row_once_an_epoch(n, size, seed):
    per_epoch = math.ceil(n / size)
    batches = batch_rows(n, size, "shuffle", np.random.default_rng(seed))
    for _ in range(3):
        epoch = [next(batches).tolist() for _ in range(per_epoch)]
        assert sorted(chain(*epoch)) == list(range(n))
        assert [len(batch) for batch in epoch[:-1]] == [size] * (per_epoch - 1)


def test_shuffle_makes_a_new_order_each_epoch():
    batches = batch_rows(50, 50, "shuffle", np.random.default_rng(0))
    first, second = next(batches).tolist(), next(batches).tolist()

    assert first != second
    assert sorted(first) == sorted(second)
    assert first != sorted(first)


@given(ROWS, SIZE, st.integers(0, 99))
def test_with_replacement_always_gives_whole_batches_of_existing_rows(n, size, seed):
    for rows in islice(batch_rows(n, size, "with_replacement", np.random.default_rng(seed)), 5):
        assert rows.shape == (size,)
        assert rows.min() >= 0
        assert rows.max() < n


def test_with_replacement_draws_rows_independently_and_evenly():
    """10,000 draws of 10 rows: each comes up 1000 ± 30 times (one standard deviation); within one batch some repeat."""
    batches = batch_rows(10, 10, "with_replacement", np.random.default_rng(0))
    drawn = np.array(list(islice(batches, 1000)))

    assert np.abs(np.bincount(drawn.ravel(), minlength=10) - 1000).max() < 150
    assert any(len(set(batch)) < 10 for batch in drawn.tolist())


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("one_hot", [False, True])
def test_a_batch_equals_indexing_with_its_rows(sampling, one_hot):
    data = examples(23, one_hot)
    batches = Batches(data, 5, sampling, np.random.default_rng(4))
    rows = batch_rows(23, 5, sampling, np.random.default_rng(4))
    for _ in range(12):  # over the end of two epochs, where batches are smaller
        expected, batch = next(rows), batches.next()
        assert np.array_equal(batch.x, data.x[expected])
        assert np.array_equal(batch.targets, data.targets[expected])
        assert batch.x.dtype == data.x.dtype
        assert batch.targets.dtype == data.targets.dtype


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_same_generator_gives_the_same_batches(sampling):
    def stream(seed: int) -> list[list[float]]:
        batches = Batches(examples(23), 5, sampling, np.random.default_rng(seed))
        return [batches.next().targets.tolist() for _ in range(20)]

    assert stream(1) == stream(1)
    assert stream(1) != stream(2)


def test_the_last_batch_of_an_epoch_is_smaller():
    batches = Batches(examples(23), 5, "shuffle", np.random.default_rng(0))

    assert [len(batches.next()) for _ in range(10)] == [5, 5, 5, 5, 3, 5, 5, 5, 5, 3]
    assert batches.per_epoch == 5


def test_dealing_out_leaves_the_examples_alone():
    data = examples(9)
    x, targets = data.x.copy(), data.targets.copy()
    batches = Batches(data, 4, "shuffle", np.random.default_rng(0))
    for _ in range(6):
        batch = batches.next()
        batch.x[...] = -1  # what a careless layer might do
        batch.targets[...] = -1

    assert np.array_equal(data.x, x)
    assert np.array_equal(data.targets, targets)


def test_a_batch_holds_until_the_next_is_asked_for():
    """Arrays are allocated once: the memory is the same from batch to batch."""
    batches = Batches(examples(40), 4, "shuffle", np.random.default_rng(0))
    first = batches.next()
    kept = first.x.copy()

    assert np.shares_memory(first.x, batches.next().x)
    assert not np.array_equal(first.x, kept)

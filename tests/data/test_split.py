"""Properties of a split, whatever its sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from zerosweep.data.dataset import Dataset
from zerosweep.data.own import OwnData
from zerosweep.errors import SettingError
from zerosweep.recipe import number


@dataclass
class Shuffled(Dataset):
    """A source without a test set of its own."""

    test_size: int = number(0, at_least=0)  # type: ignore[misc]


SMALL = st.integers(0, 40)


def split(dataset: Dataset, rows: int, own_test: int, seed: int = 0) -> list[list[int]] | SettingError:
    """The row numbers of the three parts, or the refusal."""
    try:
        return [part.tolist() for part in dataset.split(rows, own_test, np.random.default_rng(seed))]
    except SettingError as error:
        return error


@given(rows=st.integers(1, 40), test_size=SMALL, val_size=SMALL, train_size=st.none() | st.integers(1, 40))
def test_a_shuffled_source_is_dealt_out_or_refused(rows, test_size, val_size, train_size):
    """It can be dealt out just where at least one training row, or train_size of them, are left."""
    found = split(Shuffled(train_size, val_size, test_size=test_size), rows, 0)
    left = rows - test_size - val_size

    if left < (train_size or 1):
        assert isinstance(found, SettingError)
        return
    train, validation, test = found
    assert (len(train), len(validation), len(test)) == (train_size or left, val_size, test_size)
    together = train + validation + test
    assert len(set(together)) == len(together)
    assert set(together) <= set(range(rows))


@given(available=st.integers(1, 40), own_test=st.integers(1, 9), val_size=SMALL, train_size=st.none() | SMALL)
def test_a_source_with_its_own_test_set_is_dealt_out_in_order_or_refused(available, own_test, val_size, train_size):
    assume(train_size != 0)
    found = split(Dataset(train_size, val_size), available + own_test, own_test)
    if isinstance(found, SettingError):
        assert val_size > available - available // 2 or (train_size or 1) > available - val_size
        return
    train, validation, test = found

    assert train  # there is always something to learn from
    assert test == list(range(available, available + own_test))
    assert len(validation) == val_size
    assert all(row >= available // 2 for row in validation)
    rest = [row for row in range(available) if row not in set(validation)]
    assert train == (rest if train_size is None else rest[:train_size])
    assert len(train) == (train_size or available - val_size)


@given(st.integers(4, 40), st.integers(0, 2), st.integers(0, 2), st.integers(0, 99))
def test_neither_validation_nor_test_rows_depend_on_train_size(rows, own_test, val_size, seed):
    few = split(Shuffled(1, val_size, test_size=1), rows, own_test, seed)
    every = split(Shuffled(None, val_size, test_size=1), rows, own_test, seed)
    assume(not isinstance(few, SettingError))

    assert few[1:] == every[1:]
    assert few[0] == every[0][:1]


@given(free=st.integers(3, 40), own_test=st.integers(0, 9), own_val=st.integers(0, 9), train_size=st.none() | SMALL)
def test_sets_of_ones_own_stay_apart(free, own_test, own_val, train_size):
    """Rows are in this order: those that belong to no set, the own validation set, the own test set."""
    rows = free + own_val + own_test
    dataset = OwnData(train_size or None)
    try:
        train, validation, test = (
            part.tolist() for part in dataset.split(rows, own_test, np.random.default_rng(0), own_val)
        )
    except SettingError:
        assert free - (0 if own_test else -(-free // 5)) - (0 if own_val else -(-free // 10)) < max(train_size or 0, 1)
        return
    assert len(train) == train_size or not train_size
    assert set(train) <= set(range(free))
    assert sorted(validation) == [*range(free, free + own_val)] if own_val else len(validation) == -(-free // 10)
    assert sorted(test) == [*range(free + own_val, rows)] if own_test else len(test) == -(-free // 5)
    assert len({*train, *validation, *test}) == len(train) + len(validation) + len(test)


def test_the_refusal_says_how_much_would_do():
    """10 rows, 3 of them for testing: at most 6 for validation, which leaves one."""
    refused = split(Shuffled(None, 7, test_size=3), 10, 0)
    assert str(refused) == "val_size=7: must be <= 6, so that a row is left for training"
    assert not isinstance(split(Shuffled(None, 6, test_size=3), 10, 0), SettingError)

    assert str(split(Shuffled(None, 0, test_size=10), 10, 0)) == "test_size=10: must be < 10, the number of rows"
    assert str(split(Shuffled(5, 3, test_size=3), 10, 0)) == "train_size=5: must be <= 4, the number of rows left"

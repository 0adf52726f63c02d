"""What every dataset of the registry promises, over files that are the tests' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from tests.data.conftest import small_mnist

from zerosweep.data.dataset import Data, Dataset, Examples
from zerosweep.data.registry import DATASETS
from zerosweep.errors import SettingError
from zerosweep.randomness import generator

SIZES = {
    "digits": (1797, 0),
    "mnist": (60, 20),
    "kaggle": (60, 0),
    "points": (60, 0),
    "npz": (60, 0),
    "csv": (60, 0),
    "idx": (60, 20),
}
"""Rows of each source made here, and how many of them are its own test set."""

Make = Callable[..., Dataset]


@pytest.fixture(params=DATASETS)
def name(request) -> str:
    return request.param


@pytest.fixture
def make(name, write_mnist, digit_recognizer, tmp_path) -> Make:
    """make(val_size=...): the dataset of this name, over the same small files each time; `where` names another place,
    `content` other content."""

    def dataset(where: str = "here", content: int = 0, **settings) -> Dataset:
        if name in ("mnist", "idx"):
            folder = write_mnist(small_mnist(40, 20, seed=content), where, gzipped=where != "here")
            settings["dir"] = str(folder)
            settings |= {"name": "small"} if name == "idx" else {}
        elif name == "kaggle":
            rng = np.random.default_rng(content)
            table = np.column_stack([rng.integers(0, 10, 60), rng.integers(0, 256, (60, 5))])
            settings["path"] = str(digit_recognizer(table, where))
        elif name in ("npz", "csv"):
            rng = np.random.default_rng(content)
            x, labels = rng.integers(0, 256, (60, 5), np.uint8), rng.permutation(60) % 10
            settings["path"] = str(tmp_path / f"{where}.{name}")
            if name == "npz":
                np.savez(settings["path"], x=x, y=labels)
            else:
                settings["target"] = "label"
                table = np.column_stack([x, labels])
                np.savetxt(settings["path"], table, "%d", ",", header="a,b,c,d,e,label", comments="")
        elif name == "points":
            rng = np.random.default_rng(content)
            x, labels = rng.integers(-9, 256, (60, 5)).astype(float), rng.integers(0, 10, 60)
            settings |= {"x": x.tolist(), "labels": labels.tolist(), "classes": 10}
        if "test_size" in {field.name for field in fields(DATASETS[name])}:
            settings = {"test_size": 7} | settings
        return DATASETS[name](**settings)

    if name not in SIZES:
        pytest.fail(f"add how to make a small {name} to this file")
    return dataset


def load(dataset: Dataset, seed: int = 0, dtype: type = np.float64) -> Data:
    return dataset.load(generator(seed, "split"), dtype)


def changed(dataset: Dataset, **settings) -> Dataset:
    """The same dataset with some settings changed."""
    return type(dataset)(**{field.name: getattr(dataset, field.name) for field in fields(dataset)} | settings)


def as_rows(examples: Examples) -> list[tuple[float, ...]]:
    return [(*x, label) for x, label in zip(examples.x.tolist(), examples.labels.tolist(), strict=True)]


def test_the_splits_are_disjoint_and_cover_the_source(name, make):
    rows, own_test = SIZES[name]
    dataset = make(val_size=9, normalize=False)
    if own_test:
        few = load(changed(dataset, test_size=3)).test
        dataset = changed(dataset, test_size=None)
        np.testing.assert_array_equal(few.x, load(dataset).test.x[:3])
    data = load(dataset)
    test_size = own_test or 7

    assert (len(data.train), len(data.validation), len(data.test)) == (rows - test_size - 9, 9, test_size)
    source = dataset.source()
    published = Counter((*map(float, x), int(y)) for x, y in zip(source.x, source.labels, strict=True))
    assert Counter(as_rows(data.train) + as_rows(data.validation) + as_rows(data.test)) == published


def test_train_size_takes_a_part_of_what_is_left(make):
    dataset = make(val_size=9, normalize=False)
    every, few = load(dataset), load(changed(dataset, train_size=11))

    assert np.array_equal(few.train.x, every.train.x[:11])
    assert np.array_equal(few.train.targets, every.train.targets[:11])
    assert np.array_equal(few.validation.x, every.validation.x)
    assert np.array_equal(few.test.x, every.test.x)


def test_the_same_seed_gives_the_same_rows(make):
    dataset = make(val_size=9)
    once, twice = load(dataset, seed=3), load(dataset, seed=3)

    for split in ("train", "validation", "test"):
        assert np.array_equal(getattr(once, split).x, getattr(twice, split).x)
        assert np.array_equal(getattr(once, split).targets, getattr(twice, split).targets)


def test_another_seed_gives_other_validation_rows(make):
    dataset = make(val_size=9)

    assert not np.array_equal(load(dataset, seed=3).validation.x, load(dataset, seed=4).validation.x)


@pytest.mark.parametrize("size", [0, 1])
def test_validation_may_be_empty_or_one_row(make, size):
    data = load(make(val_size=size))

    assert data.validation.x.shape == (size, data.train.x.shape[1])
    assert data.validation.labels.shape == (size,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(make, dtype):
    dataset = make(val_size=2)
    data = load(dataset, dtype=dtype)
    hot = load(changed(dataset, one_hot=True), dtype=dtype)

    assert {part.x.dtype for part in (data.train, data.validation, data.test)} == {np.dtype(dtype)}
    assert np.issubdtype(data.train.targets.dtype, np.integer)
    assert hot.train.targets.dtype == dtype


def test_one_hot_targets_are_the_same_labels(make):
    dataset = make(val_size=9)
    plain, hot = load(dataset), load(changed(dataset, one_hot=True))

    for split in ("train", "validation", "test"):
        labels, targets = getattr(plain, split).targets, getattr(hot, split).targets
        expected = np.zeros((len(labels), 10))
        for row, label in enumerate(labels):
            expected[row, label] = 1
        assert np.array_equal(targets, expected)
        assert np.array_equal(getattr(hot, split).labels, labels)


def test_normalized_pixels_are_raw_pixels_over_the_largest(name, make):
    if name in ("points", "csv"):
        pytest.skip("they are no pixels")
    dataset = make(val_size=9, normalize=False)
    raw, scaled = load(dataset), load(changed(dataset, normalize=True))

    assert raw.train.x.max() > 1
    assert raw.train.x.max() <= dataset.largest_pixel
    assert np.array_equal(raw.train.x, np.round(raw.train.x))
    assert 0 <= scaled.train.x.min() <= scaled.train.x.max() <= 1
    assert np.allclose(scaled.train.x * dataset.largest_pixel, raw.train.x, atol=1e-12)


def test_identity_does_not_tell_where_the_files_lie(make):
    here, there = make(where="here", val_size=9), make(where="there", val_size=9)

    assert load(here).identity == load(there).identity


def test_identity_tells_other_files_apart(name, make):
    if name == "digits":
        pytest.skip("its content is fixed")
    here, there = make(where="here", val_size=9), make(where="there", content=1, val_size=9)

    assert load(here).identity != load(there).identity


def test_identity_does_not_depend_on_how_the_data_are_used(make):
    dataset = make(val_size=9)
    other = changed(dataset, val_size=1, train_size=5, normalize=False, one_hot=True)

    assert load(dataset).identity == load(other, seed=9, dtype=np.float32).identity


@pytest.mark.parametrize("part", ["x", "labels"])
def test_identity_tells_one_bit_apart(make, part):
    source = make().source()
    altered = getattr(source, part).copy()
    altered.view(np.uint8)[(-1,) * altered.ndim] ^= 1

    assert replace(source, **{part: altered}).identity != source.identity


def test_classes_are_the_labels(make):
    data = load(make(val_size=0))

    assert data.classes == 10
    assert set(np.unique(data.train.labels)) <= set(range(10))


@pytest.mark.parametrize("setting", ["val_size", "train_size"])
def test_too_many_rows_are_refused_by_name(name, make, setting):
    rows = SIZES[name][0]
    dataset = make(**{"val_size": 0} | {setting: rows})

    with pytest.raises(SettingError, match=f"^{setting}={rows}: must be <= ") as caught:
        load(dataset)

    assert "\n" not in str(caught.value)

"""The default dataset, against scikit-learn's own reader."""

import sys

import numpy as np
import pytest

from zerosweep.data import digits
from zerosweep.data.digits import Digits
from zerosweep.errors import DataError
from zerosweep.randomness import generator


def test_equals_what_scikit_learn_reads():
    from sklearn.datasets import load_digits

    published, source = load_digits(), Digits().source()

    assert np.array_equal(source.x, published.data)
    assert np.array_equal(source.labels, published.target)
    assert source.x.dtype == source.labels.dtype == np.uint8


def test_pixels_are_scaled_by_sixteen_which_is_their_largest():
    source = Digits().source()
    data = Digits(test_size=0, val_size=0).load(generator(0, "split"), np.float64)

    assert data.train.x.max() == 1
    assert np.array_equal(np.sort(data.train.x.ravel() * 16), np.sort(source.x.ravel()))


def test_default_sizes():
    data = Digits().load(generator(0, "split"))

    assert (len(data.train), len(data.validation), len(data.test)) == (1257, 180, 360)


def test_reading_does_not_import_scikit_learn(monkeypatch):
    """That would take longer than training on it does."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)  # an import of it would now fail

    assert len(Digits().source().labels) == 1797


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(digits, "find_spec", lambda name: None)

    with pytest.raises(DataError, match="pip install scikit-learn") as caught:
        Digits().source()

    assert "\n" not in str(caught.value)

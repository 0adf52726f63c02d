"""Warnings during a search."""

import warnings

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BruteForceSampler, QMCSampler

from zerosweep.search.warned import warned_once


def test_each_warning_is_shown_once_and_on_one_line():
    shown, before = [], warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with warned_once(shown.append):
            for seed in range(3):
                BruteForceSampler(seed)
                QMCSampler(seed=seed)
            warnings.warn("two\nlines", UserWarning, stacklevel=1)
    assert [line.split()[:4] for line in shown] == [
        ["warning:", "BruteForceSampler", "is", "experimental"],
        ["warning:", "QMCSampler", "is", "experimental"],
        ["warning:", "two", "lines"],
    ]
    assert warnings.showwarning is before


def test_filters_count():
    shown = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        with warned_once(shown.append):
            BruteForceSampler()
    assert shown == []

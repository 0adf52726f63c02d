"""Configurations from overrides and keywords."""

from __future__ import annotations

from typing import Any

from zerosweep.api.call import doing
from zerosweep.api.data import Arrays, dataset
from zerosweep.config.hosted import one_run
from zerosweep.config.keywords import Overrides
from zerosweep.config.read import Config


def compose(*arguments: Overrides, data: Arrays | None = None, **settings: Any) -> Config:
    """Return the checked configuration of one run.

    Args:
        arguments: Overrides as on the command line, or dictionaries of settings by dotted name.
        data: Arrays to learn from, in place of a data set: (x, y), or a dictionary that may also have x_val, y_val,
            x_test and y_test. x has shape (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w).
        settings: Settings by name. A dictionary has the settings of a group.

    Raises:
        SettingError: A setting is unknown, or its value is not allowed. The command line prints the same line.

    >>> import zerosweep as zs
    >>> config = zs.compose("optimizer=adam", {"optimizer.lr": 0.01}, bn=True, model={"hidden": [50, 50]})
    >>> config.settings.optimizer.lr, config.settings.bn, config.settings.model.hidden
    (0.01, True, [50, 50])
    >>> zs.compose(optimizer="adm")
    Traceback (most recent call last):
    zerosweep.errors.SettingError: optimizer=adm: must be one of adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd; did you mean adam?
    """
    with doing([*dataset(data), *arguments], settings) as given:
        return one_run(given)

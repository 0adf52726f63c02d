"""Overrides from Python values: the arguments of a call in Hydra's grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from zerosweep.config.hydra_private import parsed
from zerosweep.errors import SettingError, UserError

ALLOWED = "must be a number, a boolean, None, text, a list, or a dictionary of settings"


@dataclass(frozen=True)
class Interval:
    """The numbers that a search may choose for a setting.

    Attributes:
        low: The smallest number, included.
        high: The largest number, included.
        log: Search on a log scale.
        whole: Search integers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __str__(self) -> str:
        """Return the interval in Hydra's grammar."""
        interval = f"interval({self.low!r},{self.high!r})"
        interval = f"int({interval})" if self.whole else interval
        return f"tag(log,{interval})" if self.log else interval


Overrides = str | Mapping[str, Any]
"""An override of the command line, or a dictionary of settings."""


def overrides(given: Iterable[Overrides], named: Mapping[str, Any], *, sweeps: bool = False) -> list[str]:
    """Return the overrides of a call, in order.

    Args:
        given: Positional arguments: overrides as on the command line (`optimizer.lr=0.1`), or dictionaries.
        named: Keyword arguments, by setting. A dictionary has the settings of a group.
        sweeps: Whether a list, or any other iterable, holds values to combine; else it is one value.

    Raises:
        UserError: An argument is neither an override nor a dictionary.
        SettingError: A value has a type that no setting has.
    """
    found = []
    for argument in given:
        if isinstance(argument, str):
            found.append(argument)
        elif isinstance(argument, Mapping):
            found += _named("", argument, sweeps)
        else:
            raise UserError(f"{argument!r}: must be an override, as in 'optimizer.lr=0.1', or a dictionary of settings")
    return [*found, *_named("", named, sweeps)]


def _named(group: str, values: Mapping[str, Any], sweeps: bool) -> Iterator[str]:
    for key, value in values.items():
        name = f"{group}.{key}" if group else str(key)
        if isinstance(value, Mapping):
            yield from _named(name, value, sweeps)
        elif sweeps and _is_several(value):
            each = [_spelled(name, one) for one in value]
            if not each:
                raise SettingError(name, repr(value), "has no values")
            yield f"{name}={','.join(each)}"
        else:
            yield f"{name}={_spelled(name, value)}"


def _is_several(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _spelled(name: str, value: Any) -> str:
    """Return a value in Hydra's grammar. Scalars of NumPy are like those of Python.

    Args:
        name: The setting, for the error.
        value: Its value.
    """
    if hasattr(value, "tolist"):  # an array or a scalar of NumPy, or a column of pandas
        value = value.tolist()
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case Interval():
            return str(value)
        case str() | Path():
            return _text(str(value))
        case list() | tuple() | range():
            return f"[{','.join(map(partial(_spelled, name), value))}]"
        case Mapping():
            return f"{{{','.join(f'{key}:{_spelled(name, inner)}' for key, inner in value.items())}}}"
    raise SettingError(name, repr(value), ALLOWED)


def _text(text: str) -> str:
    """Return a text as it is where Hydra's grammar reads it as that text, else in quotes."""
    try:
        plain = parsed([f"name=[{text}]"])[0].value()  # a text in a list is read strictly
    except HydraException:
        plain = None
    return text if plain == [text] else QuotedString(text, Quote.single).with_quotes()


NUMBER = re.compile(r"[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|inf|nan)")
"""Pattern of a number as Python writes it."""

WORDS = {"true": True, "false": False, "null": None}
"""Values that have a word of their own."""


def value_of(text: str) -> Any:
    """Return the value that a recorded param has as text, the inverse of `as_typed`.

    >>> value_of("0.01"), value_of("true"), value_of("[100,100]"), value_of("adam")
    (0.01, True, [100, 100], 'adam')
    """
    value = _value_of(text)
    return deepcopy(value) if isinstance(value, list | dict) else value


@cache  # the runs of a sweep have most values in common
def _value_of(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text):
        return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
    if text.startswith(("[", "{")):
        try:
            return _plain(parsed([f"value={text}"])[0].value())
        except HydraException:  # text that only looks like a list
            return text
    return text


def _plain(value: Any) -> Any:
    """Return a parsed value without the classes of Hydra's grammar."""
    match value:
        case list():
            return [*map(_plain, value)]
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case QuotedString():
            return value.text
    return value

"""The frame around each call of the API, which is a guest in a process of somebody else's."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import Any

from zerosweep import interruption
from zerosweep.config.hosted import hosted, in_one_line
from zerosweep.config.keywords import Overrides, overrides
from zerosweep.tracking.silence import silenced

_one_at_a_time = threading.RLock()
"""Held by each call that composes configurations, because Hydra's state is global. Other threads wait."""


@cache
def _import_progress_bars() -> None:
    """Import tqdm as MLflow does, without its warning that a notebook has no widgets, which nothing here needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tqdm.auto  # noqa: F401


@contextmanager
def reading(
    arguments: Iterable[Overrides] = (), settings: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[list[str]]:
    """Read the record in this block. Nothing of the process is changed afterwards.

    Args:
        arguments: The positional arguments of the call.
        settings: Its keyword arguments.

    Yields:
        The overrides that the call describes.

    Raises:
        UserError: A mistake, or a store that cannot be used, as the command line would report it in one line.
    """
    given = overrides(arguments, settings)
    _import_progress_bars()
    with _one_at_a_time, silenced(), hosted(), in_one_line(given):
        yield given


@contextmanager
def doing(
    arguments: Iterable[Overrides], settings: Mapping[str, Any] = MappingProxyType({}), *, sweeps: bool = False
) -> Iterator[list[str]]:
    """Compose and train in this block. Nothing of the process is changed afterwards.

    Ctrl-C and SIGTERM close the runs as KILLED, unless the host handles them in its own way.

    Args:
        arguments: The positional arguments of the call.
        settings: Its keyword arguments.
        sweeps: Whether lists hold values to combine.

    Yields:
        The overrides that the call describes.

    Raises:
        UserError: As in `reading`.
    """
    given = overrides(arguments, settings, sweeps=sweeps)
    _import_progress_bars()
    with _one_at_a_time, interruption.handled(), silenced(), hosted(), in_one_line(given):
        yield given

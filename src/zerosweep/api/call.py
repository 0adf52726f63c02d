"""The frame around each call of the API, which is a guest in a process of somebody else's."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from zerosweep import interruption
from zerosweep.config.hosted import hosted, in_one_line
from zerosweep.tracking.silence import silenced

_one_at_a_time = threading.RLock()
"""Held by each call that composes configurations, because Hydra's state is global. Other threads wait."""


@contextmanager
def reading(arguments: Sequence[str] = ()) -> Iterator[None]:
    """Read the record in this block. Nothing of the process is changed afterwards.

    Args:
        arguments: The overrides, which errors name.

    Raises:
        UserError: A mistake, or a store that cannot be used, as the command line would report it in one line.
    """
    with silenced(), in_one_line(arguments):
        yield


@contextmanager
def doing(arguments: Sequence[str]) -> Iterator[None]:
    """Compose and train in this block. Nothing of the process is changed afterwards.

    Ctrl-C and SIGTERM close the runs as KILLED, unless the host handles them in its own way.

    Args:
        arguments: The overrides, which errors name.

    Raises:
        UserError: As in `reading`.
    """
    with _one_at_a_time, interruption.handled(), silenced(), hosted(arguments):
        yield

"""Stopping in order: Ctrl-C and SIGTERM become exceptions, so that every `finally` runs, and neither is ever lost."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

TERMINATED = 143
"""Exit code after SIGTERM, as shells have it."""

_asked: int | None = None
"""The signal that came, once one did."""

PATIENCE = 30.0
"""Seconds after a signal in which more of them say nothing new: what the first set going, to end in order, is left to finish."""

_since = 0.0

_came: list[int] = []
"""Signals that wait for the end of a block that holds them back."""


def asked() -> bool:
    """Return whether a signal has asked this process to stop, though it may be held back."""
    return _asked is not None or bool(_came)


def install() -> None:
    """From now on Ctrl-C raises `KeyboardInterrupt`, and SIGTERM `SystemExit`, in the main thread.

    A shell script's background jobs start with Ctrl-C ignored; from here on they too end by it.
    """
    for number in SIGNALS:
        signal.signal(number, _handle)


def check() -> None:
    """Raise again what was asked for.

    Python drops an exception that a handler raises within a destructor or a callback. Compiled code, such as Matplotlib's,
    may raise one of its own instead.
    """
    if _asked == signal.SIGINT:
        raise KeyboardInterrupt
    if _asked == signal.SIGTERM:
        sys.exit(TERMINATED)


@contextmanager
def held_back() -> Iterator[None]:
    """Let the block finish before a signal acts. A no-op outside the main thread, which alone receives them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = len(_came)
    try:
        with ExitStack() as restoring:  # all of the handlers, though one of them raises as soon as it is back
            for number in SIGNALS:
                restoring.callback(signal.signal, number, signal.getsignal(number))
            for number in SIGNALS:
                signal.signal(number, lambda number, _: _came.append(number))
            yield
    finally:
        waiting = _came[came:]
        del _came[came:]
        for each in waiting:  # one that is ignored must not take the place of one that is not
            signal.raise_signal(each)


def _handle(number: int, frame: FrameType | None) -> None:
    global _asked, _since
    if _asked is not None and monotonic() - _since < PATIENCE:
        return
    _asked, _since = number, monotonic()
    check()

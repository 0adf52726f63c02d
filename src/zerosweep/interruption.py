"""Orderly stopping: Ctrl-C and SIGTERM become exceptions, so that every `finally` runs. No signal is ever lost."""

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
"""Exit code after SIGTERM, by the convention of shells."""

_asked: int | None = None
"""The signal that asked this process to stop, if any."""

PATIENCE = 30.0
"""Seconds after a signal in which further signals are ignored, so that the program can end in order."""

_asked_at = 0.0
"""Time of that signal, on the monotonic clock."""

_deferred: list[int] = []
"""Signals that arrived inside a block of `held_back`. They act when the block ends."""


def asked() -> bool:
    """Return whether a signal has asked this process to stop, even if the signal is still held back."""
    return _asked is not None or bool(_deferred)


def install() -> None:
    """Install handlers: Ctrl-C raises `KeyboardInterrupt` and SIGTERM raises `SystemExit`, both in the main thread.

    A shell script starts its background jobs with Ctrl-C ignored. After this call Ctrl-C ends those too.
    """
    for number in SIGNALS:
        signal.signal(number, _handle)


def check() -> None:
    """Raise the exception of an earlier signal again, if there was one.

    Python drops an exception that a signal handler raises inside a destructor or a callback. Compiled code, such as
    Matplotlib's, may replace it by an exception of its own. Long loops therefore call this function.
    """
    if _asked == signal.SIGINT:
        raise KeyboardInterrupt
    if _asked == signal.SIGTERM:
        sys.exit(TERMINATED)


@contextmanager
def held_back() -> Iterator[None]:
    """Defer signals until the block has finished. A no-op outside the main thread, since only that receives signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = len(_deferred)  # blocks may be nested
    try:
        with ExitStack() as restoring:  # restores every handler, even if one of them raises as soon as it is restored
            for number in SIGNALS:
                restoring.callback(signal.signal, number, signal.getsignal(number))
            for number in SIGNALS:
                signal.signal(number, lambda number, _: _deferred.append(number))
            yield
    finally:
        waiting = _deferred[before:]
        del _deferred[before:]
        for signal_number in waiting:  # all of them: the first may be one that this process ignores
            signal.raise_signal(signal_number)


def _handle(number: int, frame: FrameType | None) -> None:
    global _asked, _asked_at
    if _asked is not None and monotonic() - _asked_at < PATIENCE:
        return
    _asked, _asked_at = number, monotonic()
    check()

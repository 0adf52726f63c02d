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

DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
"""Python's own handlers of these signals: SIGTERM ends the process at once, Ctrl-C raises `KeyboardInterrupt`."""

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


@contextmanager
def handled() -> Iterator[None]:
    """Handle signals in this block as after `install`, in a process of somebody else's, and restore its handlers.

    Only Python's default handlers are replaced. A handler that the host has set itself stays, and decides what a signal
    does. Outside the main thread, which alone receives signals, this is a no-op.
    """
    global _asked
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    replaced = {number: handler for number in SIGNALS if (handler := signal.getsignal(number)) in DEFAULTS}
    try:
        for number in replaced:
            signal.signal(number, _handle)
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
        if replaced:
            _asked = None  # the signal has ended this block, and must not end the next one


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

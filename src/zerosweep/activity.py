"""One line on the terminal that says what a command is doing, wherever that takes longer than a second.

The line disappears when the activity ends. Where stderr is not a terminal nothing is written.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds that an activity takes before it is shown."""

ERASE = "\r\x1b[K"
"""Characters with which a terminal erases the line of the cursor."""

_lock = threading.Lock()

_shown = False
"""Whether a line is on the terminal."""

_timer: threading.Timer | None = None


def begin(activity: str) -> None:
    """Show this activity after `PATIENCE` seconds, in place of an earlier one, until `end` is called."""
    global _timer
    end()
    if sys.stderr is None or not sys.stderr.isatty():
        return
    timer = threading.Timer(PATIENCE, lambda: _show(timer, f"{activity} …"))
    timer.daemon = True
    _timer = timer
    timer.start()


def end() -> None:
    """End the activity, and erase its line."""
    global _timer, _shown
    with _lock:
        if _timer is not None:
            _timer.cancel()
            _timer = None
        if _shown:
            sys.stderr.write(ERASE)
            sys.stderr.flush()
            _shown = False


@contextmanager
def doing(activity: str) -> Iterator[None]:
    """Show this activity while the block lasts."""
    begin(activity)
    try:
        yield
    finally:
        end()


def _show(timer: threading.Timer, text: str) -> None:
    global _shown
    with _lock:
        if _timer is timer:  # else it ended just now
            sys.stderr.write(ERASE + text)
            sys.stderr.flush()
            _shown = True

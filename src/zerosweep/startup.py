"""Preparation of a program before its imports."""

from __future__ import annotations

import signal

from zerosweep import output


def begin() -> None:
    """Let Ctrl-C during the imports end the program without a traceback, and secure the standard streams."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    output.secure()

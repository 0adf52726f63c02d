"""Standard streams that cannot fail: they may be closed, lose their reader or lie on a full disk."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

STDIN, STDOUT, STDERR = range(3)


class _Descriptor(io.FileIO):
    """A file descriptor to which writing never fails: at the first error it is redirected to /dev/null."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:  # a broken pipe, a full disk, or a closed terminal
            _to_null(self.fileno())
            return super().write(data)


def secure() -> None:
    """Open closed standard streams on /dev/null, and let no later write to stdout or stderr fail.

    Call this before any file is opened. A file would otherwise get the descriptor of a closed stream, and with it all
    that is printed.
    """
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            _to_null(number)
    if sys.stdin is None:
        sys.stdin = open(STDIN, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = _stream(STDOUT, sys.stdout), _stream(STDERR, sys.stderr)


def _stream(number: int, before: TextIO | None) -> TextIO:
    """Return a stream on the descriptor, in place of `before`. A character that it cannot encode becomes a number."""
    if before is not None:
        before.flush()
    writer = io.BufferedWriter(_Descriptor(number, "w", closefd=False))
    encoding = "utf-8" if before is None else before.encoding
    return io.TextIOWrapper(writer, encoding, errors="backslashreplace", line_buffering=True)


def _to_null(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)
    os.set_inheritable(number, True)

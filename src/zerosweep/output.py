"""Standard streams on which nothing depends: whoever reads them may go away, the disk behind them may be full, they may be closed."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

STDIN, STDOUT, STDERR = range(3)


class _Descriptor(io.FileIO):
    """A file descriptor to which writing does not fail: once it would, the descriptor becomes /dev/null."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:  # a broken pipe, a full disk, a terminal that is gone
            _to_null(self.fileno())
            return super().write(data)


def secure() -> None:
    """Open what is closed of stdin, stdout and stderr on /dev/null, and let no write to them fail from now on.

    This comes before any file is opened, which would get the number of a closed stream, and all that is printed with it.
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
    """Return a stream on the descriptor that replaces `before`; a character that it cannot encode is written as its number."""
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

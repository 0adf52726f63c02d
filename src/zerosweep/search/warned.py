"""Warnings during a search, each shown once and on one line."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def warned_once(show: Callable[[str], None]) -> Iterator[None]:
    """Show every warning that is raised in the block in one line, and none of them twice.

    Optuna warns whenever it makes an experimental sampler, which this program does for each trial. The filters of
    Python, as in `PYTHONWARNINGS`, decide as always which warnings are shown.

    Args:
        show: Shows a line.
    """
    said: set[str] = set()

    def once(message: Warning | str, *_: Any, **__: Any) -> None:
        line = f"warning: {' '.join(str(message).split())}"
        if line not in said:
            said.add(line)
            show(line)

    with warnings.catch_warnings():
        warnings.showwarning = once
        yield

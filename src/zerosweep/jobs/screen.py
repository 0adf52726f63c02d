"""Consoles for output to a terminal, or to a file or pipe that is searched by other programs."""

from __future__ import annotations

from rich.console import Console

UNLIMITED = 10_000
"""Width in characters without a terminal: wide enough that no cell of a table is cut and no row takes two lines."""


def screen(stderr: bool = False) -> Console:
    """Return a console for stdout or `stderr`. It is as wide as the terminal, or unlimited if there is none."""
    console = Console(stderr=stderr, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console.width = UNLIMITED
    return console

"""Where a sweep tells of itself: a terminal, or a file or pipe that somebody searches."""

from __future__ import annotations

from rich.console import Console

ENDLESS = 10_000
"""Characters that a table may be wide where no terminal shows it: nothing in it is cut, and no row takes two lines."""


def screen(stderr: bool = False) -> Console:
    """Of stdout or `stderr`: as wide as its terminal, or endless where there is none."""
    made = Console(stderr=stderr, soft_wrap=True, highlight=False)
    if not made.is_terminal:
        made.width = ENDLESS
    return made

"""Where output goes: a terminal, a notebook, or a file or pipe that is searched by other programs."""

from __future__ import annotations

import io
import sys
from time import monotonic
from typing import Any

from rich.console import Console, RenderableType

UNLIMITED = 10_000
"""Width in characters without a terminal: wide enough that no cell of a table is cut and no row takes two lines."""

NOTEBOOK_WIDTH = 110
"""Width in characters of a display in a notebook."""

UPDATE_SECONDS = 0.2
"""Least time between two updates of a display in a notebook."""

PRE = '<pre style="white-space:pre;overflow-x:auto;line-height:normal;margin:0">{code}</pre>'
"""HTML of a display in a notebook."""


def screen(stderr: bool = False, quiet: bool = False) -> Console:
    """Return a console for stdout or `stderr`. It is as wide as the terminal, or unlimited if there is none.

    Args:
        stderr: Whether output goes to stderr.
        quiet: Whether nothing is shown at all.
    """
    console = Console(stderr=stderr, soft_wrap=True, highlight=False, quiet=quiet, force_jupyter=False)
    if not console.is_terminal:
        console.width = UNLIMITED
    return console


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


class NotebookLive:
    """Output of a notebook's cell that is replaced by each update. It needs no widgets, which may not be installed."""

    def __init__(self, first: RenderableType):
        import IPython.display

        display: Any = IPython.display.display
        self._handle = display(_bundle(first), raw=True, display_id=True)
        self._updated = monotonic()

    def update(self, renderable: RenderableType) -> None:
        """Show `renderable` in place of what was shown before, unless that was shown just now."""
        if monotonic() - self._updated >= UPDATE_SECONDS:
            self._handle.update(_bundle(renderable), raw=True)
            self._updated = monotonic()

    def clear(self) -> None:
        """Show nothing any more."""
        self._handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _bundle(renderable: RenderableType) -> dict[str, str]:
    """Return what a notebook shows of `renderable`: as HTML, and as text where HTML cannot be shown."""
    console = Console(file=io.StringIO(), record=True, width=NOTEBOOK_WIDTH, force_jupyter=False)
    console.print(renderable)
    text = console.export_text(clear=False)
    return {"text/plain": text, "text/html": console.export_html(inline_styles=True, code_format=PRE)}

"""Imports of heavy packages, and imports of this package in child processes."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from zerosweep.errors import UserError
from zerosweep.places import CHECKOUT

_own = False
"""Whether this process is the project's own."""


def own_process() -> None:
    """Declare this process the project's own, so that its garbage collector and Matplotlib's backend may be set."""
    global _own
    _own = True
    without_backend()


def is_own_process() -> bool:
    """Return whether this process is the project's own, and not one of somebody else's that imports the package."""
    return _own


@contextmanager
def exempt_from_collection() -> Iterator[None]:
    """Exempt the objects created in this block from garbage collection for the life of the process.

    In a process that is not the project's own the garbage collector is left alone.

    Importing MLflow and Matplotlib creates some 300,000 objects, which stay until the process ends. The garbage
    collector would scan them repeatedly during the import, a third of its time, and once more in mid-run, for a quarter
    of a second.
    """
    if not _own:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def without_backend() -> None:
    """Set MPLBACKEND to `agg` for this process and its children, so that importing Matplotlib works in any environment.

    Jupyter exports a backend of its own, and the import fails where that backend is not installed. The project's
    figures need none, since each has its own canvas.
    """
    os.environ["MPLBACKEND"] = "agg"


@contextmanager
def importable_by_children() -> Iterator[None]:
    """Let Python processes that are started in this block import the package from its checkout, installed or not.

    The sources are put in front of PYTHONPATH, which child processes inherit. A package that is not imported from a
    checkout is installed, so that they find it anyway.

    Raises:
        UserError: The checkout's path contains the character that separates the entries of PYTHONPATH.
    """
    if CHECKOUT is None:
        yield
        return
    source = str(CHECKOUT / "src")
    if os.pathsep in source:
        raise UserError(
            f"{CHECKOUT}: worker processes cannot import a project whose path has a {os.pathsep}; rename the folder"
        )
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([source, *([before] if before else [])])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before

"""Imports: those that take long, made of no cost to what comes after them; and in other processes, made possible."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from zerosweep import PROJECT
from zerosweep.errors import UserError


@contextmanager
def for_good() -> Iterator[None]:
    """What is made meanwhile is there to stay, as what modules are made of: nobody looks for garbage among it.

    MLflow and Matplotlib are some 300,000 objects. Python's garbage collector would walk through them again and again while they
    are imported, a third of the time that takes, and later in mid-run for a quarter of a second at once.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def without_backend() -> None:
    """Have this process, and those that it starts, import Matplotlib whatever MPLBACKEND says.

    Jupyter exports a backend of its own, and the import fails where that is not installed. Our figures need none: each has
    a canvas of its own.
    """
    os.environ["MPLBACKEND"] = "agg"


@contextmanager
def found_by_others() -> Iterator[None]:
    """Python processes that are started meanwhile can import the package, installed or not: they know of no path but the
    environment's."""
    source = str(PROJECT / "src")
    if os.pathsep in source:
        raise UserError(
            f"{PROJECT}: worker processes do not find a project whose path has a {os.pathsep}; rename the folder"
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

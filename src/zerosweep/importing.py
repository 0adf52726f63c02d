"""Imports that take long, made shorter, and of no cost to what comes after them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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

"""Start of worker processes from a fork server, which does the slow imports once, while the sweep is being planned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import Any

from zerosweep.importing import importable_by_children
from zerosweep.interruption import held_back

LONGEST = 70
"""Maximal length of the path of the temporary folder, in characters.

The fork server's socket lies in that folder, and the system limits the length of a socket's path."""

DESCRIPTORS = 16
"""Maximal number of file descriptors that starting a worker takes."""

METHOD = "spawn" if sys.platform == "darwin" or len(tempfile.gettempdir()) > LONGEST else "forkserver"
"""The start method of worker processes. On macOS it is "spawn", since the system's libraries do not survive a fork."""


def context(method: str) -> BaseContext:
    """Return the `multiprocessing` context that starts workers by this method."""
    chosen = multiprocessing.get_context(method)
    warnings.filterwarnings("ignore", "resource_tracker: process died")  # harmless: the workers have nothing to track
    if method == "forkserver":
        chosen.set_forkserver_preload(["zerosweep.jobs.executors.preload"])
    return chosen


@contextmanager
def without_main() -> Iterator[None]:
    """Have processes that are started in this block not import the program's main module.

    No job needs it. `multiprocessing` would execute a script from its first line on, which starts processes without
    end where the script has no `if __name__ == "__main__"`.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def without_ctrl_c() -> Iterator[None]:
    """Have processes that are started in this block not be reached by Ctrl-C, which a terminal sends to all processes.

    They inherit the blocked SIGINT. In this thread it acts at the end of the block.
    """
    resource_tracker.ensure_running()  # which `multiprocessing` does otherwise later, and which unblocks SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def prepare() -> None:
    """Start the fork server, which does its imports in the background, unless it is running."""
    if METHOD == "forkserver":
        context(METHOD)
        # The server silently skips a module that it cannot import.
        with held_back(), without_ctrl_c(), importable_by_children(), without_main():
            forkserver.ensure_running()


def check_descriptors() -> None:
    """Check that enough file descriptors are free to start a process.

    Python's fork server dies if a start fails half way.

    Raises:
        OSError: Too few file descriptors are free.
    """
    with ExitStack() as opened:
        for _ in range(DESCRIPTORS):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def stop() -> None:
    """Kill the fork server, if it is running. By itself it would first finish its imports, and keep stdout open.

    Python has no public way to do this. All use of its private `forkserver._forkserver` is in this function: the
    attribute `_forkserver_pid` (None if no server was started) and the method `_stop()`. Checked with Python 3.11.7.
    """
    server: Any = forkserver._forkserver
    with held_back():  # an interrupted stop would leave the server in a state in which it cannot be stopped again
        if server._forkserver_pid is not None:
            os.kill(server._forkserver_pid, signal.SIGKILL)
            with suppress(FileNotFoundError):  # the socket's file may be gone already
                server._stop()

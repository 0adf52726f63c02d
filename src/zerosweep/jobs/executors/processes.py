"""How worker processes start: from a fork server, which pays for the heavy imports once, while the sweep is being planned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import warnings
from contextlib import ExitStack, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from typing import Any

from zerosweep.importing import importable_by_children
from zerosweep.interruption import held_back

LONGEST = 70
"""Characters of the folder for temporary files, below which a fork server's socket has a path that the system takes."""

DESCRIPTORS = 16
"""File descriptors that starting a worker takes, at most."""

METHOD = "spawn" if sys.platform == "darwin" or len(tempfile.gettempdir()) > LONGEST else "forkserver"
"""macOS's own libraries do not survive a fork."""


def context() -> BaseContext:
    """What starts a worker."""
    made = multiprocessing.get_context(METHOD)
    warnings.filterwarnings("ignore", "resource_tracker: process died")  # it has nothing of ours to track
    if METHOD == "forkserver":
        made.set_forkserver_preload(["__main__", "zerosweep.jobs.executors.preload"])
    return made


def prepare() -> None:
    """Begin with the imports, in the background, unless that was done before and the fork server lives."""
    if METHOD == "forkserver":
        context()
        with held_back():
            resource_tracker.ensure_running()  # which lets SIGINT through again
            # Ctrl-C reaches every process of a terminal; what is held back here is held back there, and here only for now.
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
            try:
                with importable_by_children():  # the server passes over a module that it cannot import
                    forkserver.ensure_running()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def check_descriptors() -> None:
    """Raise `OSError` unless another process can be started; Python's fork server dies of a start that fails half way."""
    with ExitStack() as opened:
        for _ in range(DESCRIPTORS):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def stop() -> None:
    """End the fork server at once; by itself it would finish its imports first, and keep our output open meanwhile."""
    server: Any = forkserver._forkserver  # Python has no public way to end it
    with held_back():  # ended by halves, it could not be ended again
        if server._forkserver_pid is not None:
            os.kill(server._forkserver_pid, signal.SIGKILL)
            with suppress(FileNotFoundError):  # of its socket
                server._stop()

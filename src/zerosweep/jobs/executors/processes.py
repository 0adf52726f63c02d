"""Start of worker processes from a fork server, which does the slow imports once, while the sweep is being planned."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from zerosweep.importing import importable_by_children, is_own_process
from zerosweep.interruption import held_back

LONGEST = 70
"""Maximal length of the path of the temporary folder, in characters.

The fork server's socket lies in that folder, and the system limits the length of a socket's path."""

DESCRIPTORS = 16
"""Maximal number of file descriptors that starting a worker takes."""

METHOD = "spawn" if sys.platform == "darwin" or len(tempfile.gettempdir()) > LONGEST else "forkserver"
"""The start method of worker processes. On macOS it is "spawn", since the system's libraries do not survive a fork."""


_server: Any = forkserver.ForkServer()
"""The project's own fork server. That of `multiprocessing` itself belongs to the host, which may be using it."""


def start(target: Callable[..., None], arguments: Sequence[Any], method: str) -> BaseProcess:
    """Start a process. Two threads must not do so at once.

    Args:
        target: The function that the process calls; it must be picklable.
        arguments: Its arguments.
        method: How it starts: "forkserver" or "spawn".
    """
    if method == "forkserver":
        prepare()  # starts a new fork server if the last one was killed
    context: Any = multiprocessing.get_context(method)
    process: BaseProcess = context.Process(target=target, args=arguments)
    with without_main(), without_ctrl_c(), _from_own_server():
        process.start()
    return process


@contextmanager
def _from_own_server() -> Iterator[None]:
    """Have `multiprocessing` start processes from the project's own fork server in this block."""
    theirs = forkserver.connect_to_new_process
    forkserver.connect_to_new_process = _server.connect_to_new_process
    try:
        yield
    finally:
        forkserver.connect_to_new_process = theirs


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
        if is_own_process():  # harmless: the workers have nothing to track
            warnings.filterwarnings("ignore", "resource_tracker: process died")
        _server.set_forkserver_preload(["zerosweep.jobs.executors.preload"])
        # The server silently skips a module that it cannot import.
        with held_back(), without_ctrl_c(), importable_by_children(), without_main():
            _server.ensure_running()


NOT_SWEPT = ("plan=", "rerun=", "hydra/launcher=", "hydra.job.env", "+hydra.job.env", "++hydra.job.env", "-c", "--")
"""Beginnings of arguments with which a command does no sweep on this machine, or one in another environment."""


def prepare_ahead(arguments: Sequence[str]) -> None:
    """Start the fork server before the command line is read, if it asks for a sweep on this machine.

    Its imports take longer than the reading. A command that needs no workers ends the server when it exits.

    Args:
        arguments: The arguments of the command.
    """
    sweeps = any(argument in ("-m", "--multirun") or argument.startswith("sweeps=") for argument in arguments)
    others = [argument for argument in arguments if argument != "--multirun"]
    if sweeps and not any(argument.startswith(NOT_SWEPT) for argument in others):
        prepare()
        atexit.register(stop)


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

    Python has no public way to do this. All use of private parts of `ForkServer` is in this function: the attribute
    `_forkserver_pid` (None if no server was started) and the method `_stop()`. Checked with Python 3.11.7.
    """
    with held_back():  # an interrupted stop would leave the server in a state in which it cannot be stopped again
        if _server._forkserver_pid is not None:
            os.kill(_server._forkserver_pid, signal.SIGKILL)
            with suppress(FileNotFoundError):  # the socket's file may be gone already
                _server._stop()

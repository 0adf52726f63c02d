"""Preparation of a process that is the project's own: a command, or a worker of one.

A process of somebody else's that imports the package, such as a notebook, stays as it is.
"""

from __future__ import annotations

import signal

from zerosweep import activity, blas, importing, output


def begin() -> None:
    """Prepare a command before its imports.

    Ctrl-C during the imports ends it without a traceback, its standard streams are secure, and BLAS has one thread.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    output.secure()
    activity.begin("importing")
    begin_worker()


def begin_worker() -> None:
    """Prepare a worker process before its imports."""
    blas.limit_process()
    importing.own_process()

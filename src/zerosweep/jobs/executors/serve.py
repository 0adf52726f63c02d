"""Server process that runs jobs for another process, which needs only a socket and none of the project's code.

    python -m zerosweep.jobs.executors.serve [calls] [TIMEOUT]

The jobs train runs of this project; with `calls` they call task functions of other apps. TIMEOUT is the time limit of a job in
seconds. The server prints the path of its socket and the key that a connection
must present. A connection sends one pickled job and receives its outcome. The server ends when its standard input is
closed.
"""

from __future__ import annotations

import os
import pickle
import secrets
import socket
import sys
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Any

from zerosweep import interruption, output, scratch, startup
from zerosweep.errors import UserError
from zerosweep.jobs import calls
from zerosweep.jobs.executors.local import LocalExecutor
from zerosweep.jobs.executors.settings import Workers
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.tracking.store import sqlite_file

Answer = Outcome | WorkerDied | TimedOut | UserError
"""The reply to a connection: an outcome, or an exception as a value."""


def main(trains: bool, timeout: float | None) -> None:
    """Serve until the standard input is closed.

    Args:
        trains: Whether the jobs train runs; otherwise they call task functions of other apps.
        timeout: Time limit of a job in seconds; None for no limit.
    """
    output.secure()
    if trains:
        startup.begin_worker()
    interruption.install()  # SIGTERM closes the runs too
    scratch.begin()
    key = secrets.token_bytes(32)  # so that nothing from other users' processes is unpickled
    with Listener(family="AF_UNIX", authkey=key) as listener:
        print(listener.address, key.hex(), flush=True)  # noqa: T201
        os.dup2(2, 1)  # all further output goes to the log
        workers = Workers(timeout=timeout)
        executor = LocalExecutor(workers) if trains else LocalExecutor(workers, calls.perform, "spawn")
        threading.Thread(target=_accept, args=[listener, executor], daemon=True).start()
        executor.prepare()
        try:
            sys.stdin.buffer.read()
        finally:
            executor.close()


def _accept(listener: Listener, executor: LocalExecutor) -> None:
    one_at_a_time = threading.Lock()
    while True:
        try:
            connection = listener.accept()
        except (AuthenticationError, EOFError, ConnectionError):  # from a process without the key
            continue
        threading.Thread(target=_serve, args=[connection, executor, one_at_a_time], daemon=True).start()


def _serve(connection: Connection, executor: LocalExecutor, submitting: threading.Lock) -> None:
    with connection:
        pickled = connection.recv_bytes()
        try:
            job = pickle.loads(pickled)
            _check_store(job)
            with submitting:
                future = executor.submit(job)
            answer: Answer = future.result()
        except (WorkerDied, TimedOut, UserError) as error:
            answer = error
        except Exception as error:
            why = f"cannot read the job, its zerosweep is another version ({error})"
            answer = UserError(f"{socket.gethostname()} {why}")
        connection.send(answer)


def _check_store(job: Any) -> None:
    """Check that the store of a job that trains a run can be reached.

    The client has opened the store already. If the store's file does not exist here, it is on another machine.

    Raises:
        UserError: The store is a file that does not exist on this machine.
    """
    if not isinstance(job, Job):
        return
    uri = job.config.settings.tracking.uri or os.environ["MLFLOW_TRACKING_URI"]
    file = sqlite_file(uri)
    if file and not file.exists():
        here = f"is not on {socket.gethostname()}"
        raise UserError(f"{uri}: {here}; give a store that all machines reach, as in http://HOST:5000")


if __name__ == "__main__":
    options = sys.argv[1:]
    main("calls" not in options, next((float(option) for option in options if option != "calls"), None))

"""A process that does the jobs that another one hands it; that one needs none of the project's code, only a socket.

    python -m zerosweep.jobs.executors.serve [TIMEOUT]

It prints the socket's path and the key that a connection must know, answers every connection with what came of the pickled job that it brought, and ends when its
standard input does.
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

from zerosweep import interruption, output, scratch
from zerosweep.errors import UserError
from zerosweep.jobs.executors.local import LocalExecutor
from zerosweep.jobs.executors.settings import Workers
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.tracking.store import sqlite_file

Answer = Outcome | WorkerDied | TimedOut | UserError
"""What is sent back: exceptions too are values here."""


def main(timeout: float | None) -> None:
    output.secure()
    interruption.install()  # SIGTERM too closes the runs
    scratch.begin()
    key = secrets.token_bytes(32)  # what a stranger sends is never unpickled
    with Listener(family="AF_UNIX", authkey=key) as listener:
        print(listener.address, key.hex(), flush=True)  # noqa: T201
        os.dup2(2, 1)  # whatever else is said is for the log
        executor = LocalExecutor(Workers(timeout=timeout))
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
        except (AuthenticationError, EOFError, ConnectionError):  # of a stranger
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


def _check_store(job: Job) -> None:
    """Whoever shares out jobs has opened the store: where its file is absent, it is another machine's."""
    uri = job.config.settings.tracking.uri or os.environ["MLFLOW_TRACKING_URI"]
    file = sqlite_file(uri)
    if file and not file.exists():
        here = f"is not on {socket.gethostname()}"
        raise UserError(f"{uri}: {here}; give a store that all machines reach, as in http://HOST:5000")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else None)

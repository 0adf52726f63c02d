"""MLflow without its own output: for good in a process of the project's own, for a while in somebody else's."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from zerosweep.tracking.mlflow_private import LOGGER

PREFERRED = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # no usage statistics leave this machine
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # `PatientClient` waits instead, and reports it
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # the files are small
}
"""Environment variables that MLflow reads, unless the user has set them."""

FORCED = {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}  # the URL contains the user and the password of a server
"""Environment variables that MLflow reads, whatever they were."""

LEVELS = {
    "mlflow": logging.WARNING,
    "alembic": logging.WARNING,  # would report every migration of a new database
    "urllib3.connectionpool": logging.ERROR,  # would report every repeated request
    LOGGER: logging.CRITICAL,  # its errors are raised too
}
"""Level of each noisy logger."""


def set_environment() -> None:
    """Set the environment variables, best before MLflow is imported."""
    os.environ.update({**PREFERRED, **os.environ, **FORCED})


def set_levels() -> None:
    """Set the levels of the loggers, after MLflow's import, which sets some of them itself."""
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)


@contextmanager
def silenced() -> Iterator[None]:
    """Silence MLflow in this block, and restore the environment and the levels of the loggers at its end.

    Several threads may be in such blocks: the first to enter silences, and the last to leave restores.
    """
    with _inside:
        if not _inside.threads:
            _inside.save()
        _inside.threads += 1
        set_environment()
        set_levels()
    try:
        yield
    finally:
        with _inside:
            _inside.threads -= 1
            if not _inside.threads:
                _inside.restore()


class _Inside:
    """The threads that are in blocks of `silenced`, and what they found. A context manager for changing it."""

    def __init__(self) -> None:
        self.threads = 0
        self._lock = threading.Lock()
        self._variables: dict[str, str | None] = {}
        self._levels: dict[str, int] = {}

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def save(self) -> None:
        self._variables = {name: os.environ.get(name) for name in (*PREFERRED, *FORCED)}
        self._levels = {name: logging.getLogger(name).level for name in LEVELS}

    def restore(self) -> None:
        for name, value in self._variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)


_inside = _Inside()

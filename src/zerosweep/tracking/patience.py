"""Waiting for a store that is locked or away: a call is repeated until it works, for at most some minutes."""

from __future__ import annotations

import logging
import multiprocessing
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from socket import gaierror
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar

import filelock

from zerosweep import interruption
from zerosweep.errors import StoreAway, UserError

P = ParamSpec("P")
R = TypeVar("R")

AWAY_SECONDS = 300.0
"""Seconds to wait for a store that worked before."""

FIRST_SECONDS = 3.0
"""Seconds that a command waits for a store that it has not reached yet. Its address may be wrong."""

LONGEST_PAUSE = 5.0
"""Seconds between two attempts, at most."""

PERMANENT = re.compile(r"(?i)password|authenti|denied|does not exist|unknown database|disk full|no space left")
"""Errors of a database server that waiting does not resolve."""

REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
"""Codes of MLflow's errors about a server that does not let this user in."""

LOG_IN = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"

LOCKED = "is locked by another process"

log = logging.getLogger(__name__)


def patiently(call: Callable[P, R], uri: str, seconds: float = AWAY_SECONDS) -> Callable[P, R]:
    """Return `call` with repetitions while the store is locked or away.

    A repetition does no harm, because MLflow saves equal metrics, params and tags once. If a run was created although
    the answer was lost, it has no owner and is closed like any other orphan.

    Args:
        call: The function to repeat.
        uri: The URI of the store, without secrets.
        seconds: Time after which `StoreAway` is raised.

    Raises:
        UserError: The returned function raises it if the server refuses access.
    """

    @wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        began, pause, reported = monotonic(), 0.1, False
        while True:
            try:
                return call(*args, **kwargs)
            except Exception as error:
                if (code := getattr(error, "error_code", None)) in REFUSED:
                    raise UserError(f"{uri}: the server refuses access ({code}); {LOG_IN}") from error
                why = reason(error)
                if why is None:
                    raise
                waited = monotonic() - began
                if waited >= seconds or interruption.asked():
                    once = "once it can be used, the same command resumes"
                    raise StoreAway(f"{uri}: {why} ({first_line(error)}); {once}") from error
                if waited > FIRST_SECONDS and not reported:
                    log.warning(f"{uri}: {why}; waiting for it")
                    reported = True
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    return called


def first_contact() -> float:
    """Return the seconds that this process waits for a store that it has not reached yet.

    Worker processes wait longer, because the command that started them has reached the store.
    """
    return FIRST_SECONDS if multiprocessing.parent_process() is None else AWAY_SECONDS


class PatientClient:
    """An MLflow client whose calls wait while the store is locked or away. It is made when it is first used.

    Args:
        make: Returns MLflow's client.
        uri: The URI of the store, without secrets.
        engine: Returns the SQLAlchemy engine of a database, for queries that need no client; None for a server.
    """

    def __init__(self, make: Callable[[], Any], uri: str, engine: Callable[[], Any] | None):
        self._make, self._uri, self._engine = make, uri, engine
        self._client: Any = None
        self._mutex = threading.Lock()

    @property
    def is_database(self) -> bool:
        """Whether this process reads and writes the store itself."""
        return self._engine is not None

    @cached_property
    def engine(self) -> Any:
        """The SQLAlchemy engine of a database."""
        assert self._engine is not None
        return self._engine()

    @property
    def client(self) -> Any:
        """MLflow's own client."""
        with self._mutex:
            if self._client is None:
                self._client = self._make()
        return self._client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        return patiently(found, self._uri) if callable(found) else found


def reason(error: BaseException) -> str | None:
    """Return "is away" or "is locked by another process" for an error that waiting may resolve, else None."""
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import RetryError, Timeout
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    for cause in chain(error):
        message = str(cause)
        match cause:
            case filelock.Timeout():
                return LOCKED
            case sqlite3.Error() | DBAPIError() if isinstance(cause, sqlite3.Error) or "(sqlite3." in message:
                return LOCKED if "is locked" in message else None
            case OperationalError() | InterfaceError():
                return None if PERMANENT.search(message) else "is away"
            case DBAPIError(connection_invalidated=True) | NoConnection() | Timeout():
                return "is away"
            case RetryError() if "500 error" not in message:
                return "is away"
            case ConnectionError() | TimeoutError() | gaierror():
                return "is away"
    return None


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, then its cause or context, then the cause or context of that one, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its type if the message is empty."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

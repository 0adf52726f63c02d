"""Waiting for a store that is locked or away: a call is repeated until it works, or for some minutes in vain."""

from __future__ import annotations

import logging
import multiprocessing
import re
import sqlite3
from collections.abc import Callable, Iterator
from functools import wraps
from socket import gaierror
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar

import filelock

from zerosweep import interruption
from zerosweep.errors import StoreAway

P = ParamSpec("P")
R = TypeVar("R")

AWAY_SECONDS = 300.0
"""How long a store that worked before is waited for."""

FIRST_SECONDS = 3.0
"""How long a command waits for a store that it has not reached yet: its address may be wrong."""

LONGEST_PAUSE = 5.0

PERMANENT = re.compile(r"(?i)password|authenti|denied|does not exist|unknown database|disk full|no space left")
"""Errors of a database server that no waiting mends."""

LOCKED = "is locked by another process"

log = logging.getLogger(__name__)


def patiently(call: Callable[P, R], uri: str, seconds: float = AWAY_SECONDS) -> Callable[P, R]:
    """Return `call` with repetitions, for up to `seconds`, while the store at `uri` (as shown to people) is locked or away.

    The calls are such that a repetition does no harm: MLflow keeps equal metrics, params and tags once. A run that was made
    although its answer was lost has no owner, and is closed like any other of that kind.
    """

    @wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        began, pause, told = monotonic(), 0.1, False
        while True:
            try:
                return call(*args, **kwargs)
            except Exception as error:
                why = reason(error)
                if why is None:
                    raise
                waited = monotonic() - began
                if waited >= seconds or interruption.asked():
                    once = "once it can be used, the same command goes on from here"
                    raise StoreAway(f"{uri}: {why} ({first_line(error)}); {once}") from error
                if waited > FIRST_SECONDS and not told:
                    log.warning(f"{uri}: {why}; waiting for it")
                    told = True
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    return called


def first_contact() -> float:
    """Return for how many seconds this process waits for a store that it has not reached yet. Worker processes wait longer: the
    command that started them has reached it."""
    return FIRST_SECONDS if multiprocessing.parent_process() is None else AWAY_SECONDS


class PatientClient:
    """An MLflow client, each of whose calls waits for the store."""

    def __init__(self, client: Any, uri: str):
        self._client, self._uri = client, uri

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return patiently(found, self._uri) if callable(found) else found


def reason(error: BaseException) -> str | None:
    """Return "is locked by another process" or "is away" where waiting may help, and None for any other error."""
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import RetryError, Timeout
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    for one in chain(error):
        said = str(one)
        match one:
            case filelock.Timeout():
                return LOCKED
            case sqlite3.Error() | DBAPIError() if isinstance(one, sqlite3.Error) or "(sqlite3." in said:
                return LOCKED if "is locked" in said else None
            case OperationalError() | InterfaceError():
                return None if PERMANENT.search(said) else "is away"
            case DBAPIError(connection_invalidated=True) | NoConnection() | Timeout():
                return "is away"
            case RetryError() if "500 error" not in said:
                return "is away"
            case ConnectionError() | TimeoutError() | gaierror():
                return "is away"
    return None


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and those that it was raised from, or while handling which it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    """Return the first line that the error, or the type of one that says nothing, has to say."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

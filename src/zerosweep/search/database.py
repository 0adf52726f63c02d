"""Studies in a database: tables that several processes may make at once, and a server that may be away for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from time import monotonic, sleep
from typing import Any

from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from zerosweep import interruption
from zerosweep.errors import UserError
from zerosweep.masking import masked

PATIENCE = 120.0
"""Seconds that a search waits for a server which was there before."""

SLEEPS = 0.1, 5.0
"""Seconds between two attempts: the first time, and at most. They double in between."""

ATTEMPTS = 6
"""How often tables are looked for and made: of two processes that make them at once, one fails."""

CONNECTING = {"connect_timeout": 10}
"""Of the drivers of servers. Without it, a host that does not answer costs minutes."""

POOLED: Mapping[str, Any] = {"pool_size": 1, "max_overflow": 2, "pool_pre_ping": True, "connect_args": CONNECTING}
"""How a process connects to a server: the one thread that uses it needs one connection."""

ALONE: Mapping[str, Any] = {"poolclass": NullPool, "connect_args": {"timeout": 60}}
"""How SQLite's file is opened: anew for each operation, and none stays open. timeout: seconds to wait for a lock."""


def open_database(url: str, patience: float = 0.0) -> RDBStorage:
    """Connect, and make the tables if there are none.

    Args:
        url: As SQLAlchemy has it, of SQLite or of a server.
        patience: Seconds to wait for a server that does not answer.
    """
    kind, options = RDBStorage, ALONE
    if make_url(url).get_backend_name() != "sqlite":
        _connect(url, patience)
        kind, options = Database, POOLED
    for wait, _ in zip(_waits(), range(ATTEMPTS - 1), strict=False):
        try:
            return kind(url, dict(options))
        except (DBAPIError, StorageInternalError, AssertionError):  # as another process makes the tables just now
            sleep(wait)
    return kind(url, dict(options))


def _connect(url: str, patience: float) -> None:
    """Connect once, as whether a server can be reached is another question than whether its tables are there."""
    engine = create_engine(url, poolclass=NullPool, connect_args=CONNECTING)
    end = monotonic() + patience
    for wait in _waits():
        try:
            return engine.connect().close()
        except (OperationalError, InterfaceError):
            if monotonic() + wait > end:
                raise
        interruption.check()
        sleep(wait)


def _waits() -> Iterator[float]:
    wait, longest = SLEEPS
    while True:
        yield wait
        wait = min(2 * wait, longest)


class Database(RDBStorage):
    """A storage on a server. Each operation is repeated while the server is away, as during a restart.

    An operation may have been done before its connection broke. A value that is written twice does no harm, and a trial that was
    asked for twice is one that its owner does not run, which is put back like that of a dead process.
    """


def _patient(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def repeated(self: Database, *args: Any, **kwargs: Any) -> Any:
        end, again = monotonic() + PATIENCE, False
        for wait in _waits():
            try:
                return method(self, *args, **kwargs)
            except UpdateFinishedTrialError:
                if again and method.__name__ == "set_trial_state_values":
                    return True  # it was done the first time
                raise
            except (DBAPIError, StorageInternalError) as error:
                if not _away(error):
                    raise
                if monotonic() + wait > end:
                    url, why = masked(str(self.url)), str(error.__cause__ or error).splitlines()[0]
                    raise UserError(
                        f"hydra.sweeper.storage={url}: does not answer ({why}); once it does, the same command resumes"
                    ) from error
                again = True
            interruption.check()
            sleep(wait)
        raise AssertionError

    return repeated


def _away(error: Exception) -> bool:
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    return isinstance(cause, OperationalError | InterfaceError) or (
        isinstance(cause, DBAPIError) and cause.connection_invalidated
    )


for name in sorted({*BaseStorage.__abstractmethods__, "_create_new_trial", "_get_trials", "_set_trial_param"}):
    setattr(Database, name, _patient(getattr(RDBStorage, name)))

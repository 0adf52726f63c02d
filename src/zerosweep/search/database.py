"""Studies in a database.

Several processes may create its tables at once, and its server may be unreachable for a while.
"""

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
"""Seconds that a search waits for a server that has become unreachable."""

SLEEPS = 0.1, 5.0
"""Seconds before the second attempt, and the most between any two. The wait doubles after each attempt."""

ATTEMPTS = 6
"""Attempts to create the tables. If two processes create them at once, one of them fails."""

CONNECTING = {"connect_timeout": 10}
"""Arguments for the drivers of database servers. Without a timeout, a host that does not answer costs minutes."""

POOLED: Mapping[str, Any] = {"pool_size": 1, "max_overflow": 2, "pool_pre_ping": True, "connect_args": CONNECTING}
"""Arguments of the engine for a server. One thread of a process uses it, so one connection is enough."""

ALONE: Mapping[str, Any] = {"poolclass": NullPool, "connect_args": {"timeout": 60}}
"""Arguments of the engine for a SQLite file. It is opened for each operation and closed after it.

timeout: seconds to wait for a lock.
"""


def open_database(url: str, patience: float = 0.0) -> RDBStorage:
    """Open the storage in a database, and create its tables if there are none.

    Args:
        url: SQLAlchemy's URL of a SQLite file or of a database on a server.
        patience: Seconds to wait for a server that does not answer.
    """
    kind, options = RDBStorage, ALONE
    if make_url(url).get_backend_name() != "sqlite":
        connect(url, patience)
        kind, options = Database, POOLED
    for wait, _ in zip(_waits(), range(ATTEMPTS - 1), strict=False):
        try:
            return kind(url, dict(options))
        except (DBAPIError, StorageInternalError, AssertionError):  # another process may be creating the tables
            sleep(wait)
    return kind(url, dict(options))


def connect(url: str, patience: float = 0.0) -> None:
    """Wait until a server accepts a connection, for at most `patience` seconds, and raise its error after that.

    This tells an unreachable server from one whose tables are missing.
    """
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
    """Yield the seconds to wait after each attempt, without end."""
    wait, longest = SLEEPS
    while True:
        yield wait
        wait = min(2 * wait, longest)


class Database(RDBStorage):
    """A storage on a database server that repeats each operation while the server is unreachable, as during a restart.

    An operation may have been done before its connection broke. To write a value twice does no harm. A trial that
    was created twice is one that its owner does not run, and is requeued like the trial of a dead process.
    """


def _patient(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method, repeated for at most `PATIENCE` seconds while the server is unreachable."""

    @wraps(method)
    def repeated(self: Database, *args: Any, **kwargs: Any) -> Any:
        end, repeating = monotonic() + PATIENCE, False
        for wait in _waits():
            try:
                return method(self, *args, **kwargs)
            except UpdateFinishedTrialError:
                if repeating and method.__name__ == "set_trial_state_values":
                    return True  # the first attempt was done before its connection broke
                raise
            except (DBAPIError, StorageInternalError) as error:
                if not _unreachable(error):
                    raise
                if monotonic() + wait > end:
                    url, why = masked(str(self.url)), str(error.__cause__ or error).splitlines()[0]
                    raise UserError(
                        f"hydra.sweeper.storage={url}: does not answer ({why}); once it does, the same command resumes"
                    ) from error
                repeating = True
            interruption.check()
            sleep(wait)
        raise AssertionError

    return repeated


def _unreachable(error: Exception) -> bool:
    """Return whether the error means that the server cannot be reached."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    return isinstance(cause, OperationalError | InterfaceError) or (
        isinstance(cause, DBAPIError) and cause.connection_invalidated
    )


# Optuna wraps a database's storage in a cache, which calls the three private methods as well.
for name in sorted({*BaseStorage.__abstractmethods__, "_create_new_trial", "_get_trials", "_set_trial_param"}):
    setattr(Database, name, _patient(getattr(RDBStorage, name)))

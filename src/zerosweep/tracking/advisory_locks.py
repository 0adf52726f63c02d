"""Locks of a PostgreSQL server, for all who share its database: the server frees them when the process's session ends.

A process holds its locks in one session of its own (`pg_try_advisory_lock`). The kernel closes the session of a process
that dies, and the server's keepalive probes end that of a machine that is gone, after about half a minute.

A session can also end while its process lives: the server restarts, or a person ends it. A thread waits for that on the
session's socket, opens another session and takes the locks again. For the first seconds after a start of the server
only that is allowed, and new locks must wait, as the grace period of NFS has it. A lock that another process has got
all the same is lost: `kept` says so before a run is recorded as finished, so that no run is finished twice.

A pooler between the process and the server must keep sessions (PgBouncer: pool_mode=session).
"""

from __future__ import annotations

import select
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from zerosweep.masking import masked
from zerosweep.tracking.patience import patiently

MARK = "postgresql"

GRACE_SECONDS = 5.0
"""Seconds after a start of the server in which only locks that were held before may be taken."""

PING_SECONDS = 10.0
"""Seconds between two checks of an idle session."""

RETRY_SECONDS = 0.5
"""Seconds between two attempts to open a session again."""

CONNECT_SECONDS = 10

KEEPALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}
"""Settings of a session: the server ends it about 30 s after the machine of its process has gone."""

TAKEN = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND classid::bigint = :high AND objid::bigint = :low AND pid <> pg_backend_pid()
"""
"""Query for the other sessions that hold a lock; a key is stored in two halves."""

AGE = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"


class AdvisoryLocks:
    """Locks in one database.

    Args:
        uri: The URI of the database.
    """

    def __init__(self, uri: str):
        self._uri = uri
        self._session: Any = None
        self._mutex = threading.RLock()
        self._held: set[int] = set()
        self._lost: set[int] = set()
        self._keeper: threading.Thread | None = None

    def mark(self, key: int) -> str:
        """Return the value of the tag by which others find the lock."""
        return f"{MARK}:{key}"

    def key(self, mark: str) -> int | None:
        """Return the key of a lock of this kind with this mark, else None."""
        kind, _, key = mark.partition(":")
        return int(key) if kind == MARK and key.isdecimal() else None

    def take(self, key: int) -> bool:
        """Lock the key unless another session has locked it, and return whether it is ours."""
        self._wait_for_others()
        with self._mutex:
            ours = bool(self._ask("SELECT pg_try_advisory_lock(:key)", key=key))
            if ours:
                self._held.add(key)
                self._lost.discard(key)
                self._keep()
        return ours

    def free(self, key: int) -> None:
        """Unlock the key."""
        with self._mutex:
            self._held.discard(key)
            if key not in self._lost:
                with suppress(Exception):  # a session that has ended holds no lock
                    self._ask_once("SELECT pg_advisory_unlock(:key)", {"key": key})
            self._lost.discard(key)

    def taken(self, key: int) -> bool:
        """Return whether another session has locked the key."""
        self._wait_for_others()
        return bool(self._ask(TAKEN, high=key >> 32, low=key & 0xFFFFFFFF))

    def kept(self, key: int) -> bool:
        """Return whether the lock that this process took is still its own."""
        self._ask("SELECT 1")  # which takes the locks again if the session has ended
        return key not in self._lost

    def close(self) -> None:
        """End the session, and free all locks."""
        with self._mutex:
            self._held.clear()
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _wait_for_others(self) -> None:
        """Wait until the server has run for `GRACE_SECONDS`, so that living processes have taken their locks again."""
        deadline = monotonic() + GRACE_SECONDS
        while self._ask(AGE) < GRACE_SECONDS and monotonic() < deadline:
            sleep(RETRY_SECONDS)

    def _ask(self, query: str, **values: int) -> Any:
        """Return the first value that a query gives. Wait while the server is away."""
        return patiently(self._ask_once, masked(self._uri))(query, values)

    def _ask_once(self, query: str, values: dict[str, int]) -> Any:
        from sqlalchemy import text

        with self._mutex:
            if self._session is None:
                self._open()
            try:
                return self._session.execute(text(query), values).scalar()
            except Exception:
                self._drop()
                raise

    def _open(self) -> None:
        """Open a session, and take in it the locks that the last one held."""
        from sqlalchemy import NullPool, create_engine, text

        engine = create_engine(
            self._uri,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
        session = engine.connect()
        try:
            for name, value in KEEPALIVE.items():
                session.execute(text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value})
            for key in self._held - self._lost:
                if not session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar():
                    self._lost.add(key)
        except Exception:
            session.invalidate()
            session.close()
            raise
        self._session = session

    def _drop(self) -> None:
        """Forget a session that cannot be used any more."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):  # it is broken already
                session.invalidate()
                session.close()

    def _keep(self) -> None:
        """Start the thread that opens the session again when it ends, unless it is running."""
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = threading.Thread(target=self._keep_open, name="postgresql-locks", daemon=True)
            self._keeper.start()

    def _keep_open(self) -> None:
        while True:
            with self._mutex:
                if not self._held:
                    self._keeper = None
                    return
                socket = -1 if self._session is None else self._session.connection.dbapi_connection.fileno()
            if socket >= 0:
                with suppress(OSError, ValueError):  # closed meanwhile
                    select.select([socket], [], [], PING_SECONDS)
            try:
                self._ask_once("SELECT 1", {})
            except Exception:  # the server is away; whoever needs an answer meets the same error and reports it
                sleep(RETRY_SECONDS)

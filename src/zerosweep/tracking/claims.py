"""Who is at work on what: a process claims a configuration while it runs it, and the kernel frees the claim when it dies.

A claim is one locked byte of one file beside the store, at an offset taken from the run's ids: nothing to clean up, however
a process ends. Processes that share the store's folder see each other's claims.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from zerosweep import PROJECT
from zerosweep.tracking.store import sqlite_file

IDS = ("config_id", "code_id", "data_id")
"""The tags that make runs the same."""

_held: dict[tuple[int, int], int] = {}
"""How often this process holds a byte: the kernel counts only processes."""

_mutex = threading.Lock()


@contextmanager
def claim(uri: str, ids: Mapping[str, str]) -> Iterator[bool]:
    """Claim the run of these `ids` while the block lasts; gives False where another process holds it."""
    byte = _file(uri), _offset(ids)
    with _mutex:
        mine = bool(_held.get(byte)) or _lock(byte)
        if mine:
            _held[byte] = _held.get(byte, 0) + 1
    try:
        yield mine
    finally:
        if mine:
            with _mutex:
                _held[byte] -= 1
                if not _held[byte]:
                    del _held[byte]
                    _unlock(byte)


def claimed_elsewhere(uri: str, ids: Mapping[str, str]) -> bool:
    """Whether another process is at work on the run of these `ids`."""
    byte = _file(uri), _offset(ids)
    with _mutex:
        if byte in _held:
            return False
        free = _lock(byte)
        if free:
            _unlock(byte)
        return not free


def _lock(byte: tuple[int, int]) -> bool:
    try:
        fcntl.lockf(byte[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte[1])
    except BlockingIOError:
        return False
    return True


def _unlock(byte: tuple[int, int]) -> None:
    fcntl.lockf(byte[0], fcntl.LOCK_UN, 1, byte[1])


@cache  # open once and for ever: to close any descriptor of the file would free all of this process's claims
def _file(uri: str) -> int:
    store = sqlite_file(uri)
    path = store.with_name(f"{store.name}.claims") if store else PROJECT / "mlruns" / "claims"
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _offset(ids: Mapping[str, str]) -> int:
    """A place in the file, of 2^62; two runs that share one by chance only wait for each other."""
    return int.from_bytes(hashlib.sha256("/".join(ids[name] for name in IDS).encode()).digest()[:8], "big") >> 2

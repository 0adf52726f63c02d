"""Who is at work on what: a process claims a run while it makes it, and the kernel frees the claim when it dies.

A claim is one locked byte of one file beside the store, at an offset taken from what identifies the run among its tags:
nothing to clean up, however a process ends. Processes that share the store's folder see each other's claims.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from time import sleep

from zerosweep import PROJECT
from zerosweep.tracking.store import sqlite_file

IDENTIFYING = {"run": ("config_id", "code_id", "data_id"), "summary": ("sweep",), "verification": ("verifies",)}
"""By role, the tags that make runs the same. A verification is no run, but what is written of one to the run that it verifies."""

INSTANCE = "instance"
"""A tag of a run that somebody wanted although another process is at its equal: what it is claimed by beside its ids."""

_held: dict[tuple[int, int], int] = {}
"""How often this process holds a byte: the kernel counts only processes."""

_mutex = threading.Lock()


@contextmanager
def claim(uri: str, tags: Mapping[str, str], wait: bool = False) -> Iterator[bool]:
    """Claim the run of these `tags` while the block lasts; gives False where another process holds it and we do not `wait`."""
    byte = _file(uri), _offset(tags)
    with _mutex:
        mine = bool(_held.get(byte)) or _lock(byte, wait)
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


def claimable(tags: Mapping[str, str]) -> bool:
    """Whether a run of these `tags` is of a kind that its maker claims."""
    role = tags.get("role", "")
    return role in IDENTIFYING and all(name in tags for name in IDENTIFYING[role])


def claimed_elsewhere(uri: str, tags: Mapping[str, str]) -> bool:
    """Whether another process is at work on the run of these `tags`."""
    byte = _file(uri), _offset(tags)
    with _mutex:
        if byte in _held:
            return False
        free = _lock(byte, patience=1)
        if free:
            _unlock(byte)
        return not free


def _lock(byte: tuple[int, int], wait: bool = False, patience: int = 10) -> bool:
    """patience: how often to try, some milliseconds apart: whoever only asks holds the byte for an instant."""
    for _ in range(patience):
        try:
            fcntl.lockf(byte[0], fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, byte[1])
        except BlockingIOError:
            sleep(0.002)
        else:
            return True
    return False


def _unlock(byte: tuple[int, int]) -> None:
    fcntl.lockf(byte[0], fcntl.LOCK_UN, 1, byte[1])


@cache  # open once and for ever: to close any descriptor of the file would free all of this process's claims
def _file(uri: str) -> int:
    store = sqlite_file(uri)
    path = store.with_name(f"{store.name}.claims") if store else PROJECT / "mlruns" / "claims"
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)


def _offset(tags: Mapping[str, str]) -> int:
    """A place in the file, of 2^62; two runs that share one by chance only wait for each other."""
    names = IDENTIFYING[tags.get("role", "run")]
    key = "/".join([*(tags[name] for name in names), *([tags[INSTANCE]] if INSTANCE in tags else [])])
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 2

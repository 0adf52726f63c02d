"""Claims: a process claims a run while it makes it, and the claim becomes free when the process dies.

A claim is a lock on a key, a hash of the experiment and of the tags that identify the run. All who share a store see
it, whatever machine and checkout they are on:

- a SQLite store has locks of the kernel on a file beside the database (`kernel_locks`);
- PostgreSQL has advisory locks (`advisory_locks`);
- a tracking server, and any other database, has leases in tags (`leases`).

Who uses one database in two of these ways at once, as directly and through a server, is not seen by the other.
A run names its claim in a tag, by which others find out whether its owner is alive.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Protocol

from zerosweep.errors import UserError
from zerosweep.tracking.advisory_locks import AdvisoryLocks
from zerosweep.tracking.kernel_locks import KernelLocks, locks_beside
from zerosweep.tracking.leases import Leases
from zerosweep.tracking.location import place, scheme
from zerosweep.tracking.sqlite import sqlite_file
from zerosweep.tracking.store import experiment_id, open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

IDENTIFYING = {"run": ("config_id", "code_id", "data_id"), "summary": ("sweep",), "verification": ("verifies",)}
"""Tags that identify a run, by its role.

A verification is not a run: it is what is written to the run that it verifies.
"""

INSTANCE = "instance"
"""Tag of a run that was started although another process is making an equal one; part of its claim, beside the ids."""

CLAIM = "claim"
"""Tag by which others find the claim that the owner of a run holds while it lives."""

PAUSE = 0.05
"""Seconds between two attempts to take a claim that another process holds."""


class Locks(Protocol):
    """Locks of one kind in one store. The callers see to it that a process takes a key once at a time."""

    def mark(self, key: int) -> str:
        """Return the value of the tag by which others find the lock."""
        ...

    def key(self, mark: str) -> int | None:
        """Return the key of a lock with this mark; None if locks of this kind cannot see it."""
        ...

    def take(self, key: int) -> bool:
        """Lock the key unless another process has locked it, and return whether it is ours."""
        ...

    def free(self, key: int) -> None:
        """Unlock the key."""
        ...

    def taken(self, key: int) -> bool:
        """Return whether another process has locked the key, which this process has not."""
        ...

    def kept(self, key: int) -> bool:
        """Return whether a key that this process has locked is still its own."""
        ...


_held: dict[tuple[Locks, int], int] = {}
"""Number of claims of this process on each key. The locks themselves count only processes."""

_mutex = threading.RLock()


class ClaimLost(UserError):
    """Another process has the claim of a run that this process was making, because it took this process for dead."""


@contextmanager
def claim(uri: str, experiment: str, tags: Mapping[str, str], wait: bool = False) -> Iterator[bool]:
    """Claim a run while the block lasts.

    Args:
        uri: The store.
        experiment: The name of the experiment.
        tags: The tags of the run, among them those that identify it.
        wait: Wait until another process frees the claim.

    Yields:
        Whether the claim is ours; False where another process holds it and `wait` is false.
    """
    with _claimed(locks_of(uri, experiment), _key(experiment, tags), wait) as mine:
        yield mine


@contextmanager
def claim_of(uri: str, experiment: str, tags: Mapping[str, str]) -> Iterator[bool]:
    """Claim a recorded run as `claim` does.

    Yields:
        Whether the claim is ours; False where its owner holds it or where it cannot be seen from here.
    """
    locks, key = locks_of(uri, experiment), _owners(uri, experiment, tags)
    if key is None:
        yield False
        return
    with _claimed(locks, key) as mine:
        yield mine


def visible(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether it can be known here if the owner of a recorded run with these `tags` is alive."""
    return _owners(uri, experiment, tags) is not None


def claimed_elsewhere(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether another process is making the run with these `tags` in the experiment of this name."""
    locks, key = locks_of(uri, experiment), _key(experiment, tags)
    with _mutex:
        return (locks, key) not in _held and locks.taken(key)


def abandoned(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether the owner of a recorded run is known to be dead. This process itself counts as alive."""
    locks, key = locks_of(uri, experiment), _owners(uri, experiment, tags)
    with _mutex:
        return key is not None and (locks, key) not in _held and not locks.taken(key)


def still_ours(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether no other process has the claim of the run that this process is making.

    A claim is lost if others took this process for dead: its machine was suspended, or cut off from the store. A run
    that was never claimed has nothing to lose.
    """
    if not _claimable(tags):
        return True
    locks, key = locks_of(uri, experiment), _key(experiment, tags)
    return (locks, key) not in _held or locks.kept(key)


def mark(uri: str, experiment: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tag by which other processes find the claim on a run; {} for a run that is not claimed."""
    return {CLAIM: locks_of(uri, experiment).mark(_key(experiment, tags))} if _claimable(tags) else {}


@cache
def locks_of(uri: str, experiment: str) -> Locks:
    """Return the locks of the store, of a tracking server those of the experiment of this name, which is created."""
    if file := sqlite_file(uri):
        return _in_file(file)
    if scheme(uri) == "postgresql":
        return _in_database(uri)
    client = open_store(uri)
    return _in_experiment(client, experiment_id(client, uri, experiment), place(uri))


@cache
def _in_file(store: Path) -> KernelLocks:
    locks = locks_beside(store)
    return _by_file.setdefault(locks.file, locks)  # two names of one file have the same locks


_by_file: dict[tuple[int, int], KernelLocks] = {}
"""Locks by device and inode."""


@cache
def _in_database(uri: str) -> AdvisoryLocks:
    return AdvisoryLocks(uri)


@cache
def _in_experiment(client: MlflowClient, experiment: str, store: str) -> Leases:
    return Leases(client, experiment, number(store))


def _owners(uri: str, experiment: str, tags: Mapping[str, str]) -> int | None:
    """Return the key that the owner of a recorded run holds while it lives; None where that cannot be known.

    A run in a SQLite store without the tag `CLAIM`, made by an early version, has the key of its identity.
    """
    if not _claimable(tags):
        return None
    if CLAIM not in tags:
        return _key(experiment, tags) if sqlite_file(uri) else None
    return locks_of(uri, experiment).key(tags[CLAIM])


def _claimable(tags: Mapping[str, str]) -> bool:
    """Return whether runs with such `tags` are claimed by the process that makes them."""
    role = tags.get("role", "")
    return role in IDENTIFYING and all(name in tags for name in IDENTIFYING[role])


def _key(experiment: str, tags: Mapping[str, str]) -> int:
    """Return the key of a run, one of 2^62. Two runs that share a key by chance merely wait for each other."""
    names = IDENTIFYING[tags.get("role", "run")]
    parts = ["", experiment, *(tags[name] for name in names), tags.get(INSTANCE, "")]
    return number("\0".join(parts))


def number(text: str) -> int:
    """Return a hash of the text, at least 0 and less than 2^62."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 2


@contextmanager
def _claimed(locks: Locks, key: int, wait: bool = False) -> Iterator[bool]:
    mine = _take(locks, key)
    while wait and not mine:
        sleep(PAUSE)
        mine = _take(locks, key)
    try:
        yield mine
    finally:
        if mine:
            with _mutex:
                _held[locks, key] -= 1
                if not _held[locks, key]:
                    del _held[locks, key]
                    locks.free(key)


def _take(locks: Locks, key: int) -> bool:
    with _mutex:
        mine = (locks, key) in _held or locks.take(key)
        if mine:
            _held[locks, key] = _held.get((locks, key), 0) + 1
        return mine

"""Claims: a process claims a run while it makes it, and the kernel frees the claim when the process dies.

A claim is a lock on one byte of a claims file. Its offset is a hash of the experiment and of the tags that identify the
run, so there is nothing to clean up, however a process ends.

The claims file of a SQLite store lies beside the store and serves all who share its folder. The claims file for servers
lies in a folder of this user on this machine and serves all checkouts. A run on a server names its claims file and byte
in a tag. A process that uses another claims file cannot see whether the owner of that run is alive.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import sleep

from zerosweep.errors import UserError
from zerosweep.tracking.location import place
from zerosweep.tracking.sqlite import sqlite_file

IDENTIFYING = {"run": ("config_id", "code_id", "data_id"), "summary": ("sweep",), "verification": ("verifies",)}
"""Tags that identify a run, by its role.

A verification is not a run: it is what is written to the run that it verifies.
"""

INSTANCE = "instance"
"""Tag of a run that was started although another process is making an equal one; part of its claim, beside the ids."""

CLAIM = "claim"
"""Tag with the claims file and the byte that the owner of a run holds, as FILE:OFFSET.

FILE is empty for the claims file beside a SQLite store.
"""

Byte = tuple[int, int]
"""File descriptor of a claims file and an offset in it."""

LASTING = Path("/var/tmp")
"""Folder that outlives a reboot, so that the next command sees that a power cut has ended a run."""

ID_BYTES = 16

PAUSE = 0.05
"""Seconds between two attempts to take a claim."""

_held: dict[Byte, int] = {}
"""Number of claims of this process on each byte. The kernel counts only processes."""

_mutex = threading.Lock()


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
    with _claimed(_byte(uri, experiment, tags), wait) as mine:
        yield mine


@contextmanager
def claim_of(uri: str, experiment: str, tags: Mapping[str, str]) -> Iterator[bool]:
    """Claim a recorded run as `claim` does.

    Yields:
        Whether the claim is ours; False where its owner holds it or where it cannot be seen from here.
    """
    byte = _owners(uri, experiment, tags)
    if byte is None:
        yield False
        return
    with _claimed(byte) as mine:
        yield mine


def visible(uri: str, tags: Mapping[str, str]) -> bool:
    """Return whether the claim of a recorded run with these `tags` can be seen from this machine and user."""
    return _owners(uri, "", tags) is not None


def claimed_elsewhere(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether another process is making the run with these `tags` in the experiment of this name."""
    byte = _byte(uri, experiment, tags)
    return byte not in _held and _locked(byte)


def abandoned(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Return whether the owner of a recorded run is known to be dead. This process itself counts as alive."""
    byte = _owners(uri, experiment, tags)
    return byte is not None and not _locked(byte)


def mark(uri: str, experiment: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tag by which other processes find the claim on a run; {} for a run that is not claimed."""
    return {CLAIM: f"{_file(uri)[1]}:{_byte(uri, experiment, tags)[1]}"} if _claimable(tags) else {}


def _owners(uri: str, experiment: str, tags: Mapping[str, str]) -> Byte | None:
    """Return the byte that the owner of a recorded run holds while it lives; None where that cannot be known.

    Args:
        experiment: The name of the experiment. It is used for a run in a SQLite store without the tag `CLAIM`.
    """
    if not _claimable(tags):
        return None
    file, _, offset = tags.get(CLAIM, "").rpartition(":")
    descriptor, ours = _file(uri)
    if file != ours:
        return None
    return (descriptor, int(offset)) if offset else _byte(uri, experiment, tags)


def _claimable(tags: Mapping[str, str]) -> bool:
    """Return whether runs with such `tags` are claimed by the process that makes them."""
    role = tags.get("role", "")
    return role in IDENTIFYING and all(name in tags for name in IDENTIFYING[role])


@contextmanager
def _claimed(byte: Byte, wait: bool = False) -> Iterator[bool]:
    mine = _take(byte)
    while wait and not mine:
        sleep(PAUSE)
        mine = _take(byte)
    try:
        yield mine
    finally:
        if mine:
            with _mutex:
                _held[byte] -= 1
                if not _held[byte]:
                    del _held[byte]
                    _unlock(byte)


def _take(byte: Byte, attempts: int = 10) -> bool:
    """Lock the byte if it is free, and return whether it is ours.

    There are several attempts, 2 ms apart, because a process that only checks the byte locks it for an instant.
    """
    for _ in range(attempts):
        with _mutex:
            if byte in _held or _lock(byte):
                _held[byte] = _held.get(byte, 0) + 1
                return True
        sleep(0.002)
    return False


def _locked(byte: Byte) -> bool:
    """Return whether any process has locked the byte."""
    with _mutex:
        if byte in _held:
            return True
        free = _lock(byte)
        if free:
            _unlock(byte)
        return not free


def _lock(byte: Byte) -> bool:
    try:
        fcntl.lockf(byte[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte[1])
    except BlockingIOError:
        return False
    return True


def _unlock(byte: Byte) -> None:
    fcntl.lockf(byte[0], fcntl.LOCK_UN, 1, byte[1])


def _byte(uri: str, experiment: str, tags: Mapping[str, str]) -> Byte:
    """Return the byte of a run, one of 2^62. Two runs that share a byte by chance merely wait for each other."""
    names = IDENTIFYING[tags.get("role", "run")]
    store = "" if sqlite_file(uri) else place(uri)
    key = "\0".join([store, experiment, *(tags[name] for name in names), tags.get(INSTANCE, "")])
    return _file(uri)[0], int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 2


def _file(uri: str) -> tuple[int, str]:
    """Return the file descriptor of the claims file and its name in the tag `CLAIM` ("" beside a SQLite store)."""
    store = sqlite_file(uri)
    try:
        return (_claims_beside(store), "") if store else _claims_of_user()
    except OSError as error:
        why = f"cannot record there which runs are being made ({error.strerror})"
        raise UserError(f"{error.filename}: {why}") from None


@cache  # opened once and never closed: closing any descriptor of the file frees all claims of this process
def _claims_beside(store: Path) -> int:
    store.parent.mkdir(parents=True, exist_ok=True)
    return os.open(store.with_name(f"{store.name}.claims"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)


@cache
def _claims_of_user() -> tuple[int, str]:
    """Return the file descriptor and the name of this user's claims file, which serves all checkouts and all servers.

    The name is a hash of the machine's name and of a random number at the beginning of the file. It differs from the
    name of the claims file of any other machine or container.
    """
    folder = (LASTING if os.access(LASTING, os.W_OK) else Path(tempfile.gettempdir())) / f"zerosweep-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder}: must be a folder that belongs to this user; it records which runs are being made")
    path = folder / "claims"
    if not path.exists():
        draft = folder / secrets.token_hex(8)
        draft.write_bytes(secrets.token_bytes(ID_BYTES))
        with suppress(FileExistsError):  # another process was faster
            path.hardlink_to(draft)
        draft.unlink()
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    names = os.pread(descriptor, ID_BYTES, 0) + socket.gethostname().encode()
    return descriptor, hashlib.sha256(names).hexdigest()[:16]

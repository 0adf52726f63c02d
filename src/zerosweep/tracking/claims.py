"""Who is at work on what: a process claims a run while it makes it, and the kernel frees the claim when it dies.

A claim is one locked byte of one file, at an offset taken from the experiment and from what identifies the run among its tags:
nothing to clean up, however a process ends. The claims on a SQLite store lie beside it, for all who share its folder. Those
on a server lie in a folder of the user on this machine, for all checkouts; a run there carries the file and the byte in a tag,
and nobody who does not hold the same file judges whether its owner lives.
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
"""By role, the tags that make runs the same. A verification is no run, but what is written of one to the run that it verifies."""

INSTANCE = "instance"
"""A tag of a run that somebody wanted although another process is at its equal: what it is claimed by beside its ids."""

CLAIM = "claim"
"""A tag of a run: the claims file and the byte that its owner holds, as FILE:OFFSET; FILE is empty for the one beside a store."""

Byte = tuple[int, int]
"""A descriptor of a claims file, and an offset in it."""

LASTING = Path("/var/tmp")
"""Outlives a reboot, and so lets the next command see that a power cut has ended a run."""

ID_BYTES = 16

PAUSE = 0.05
"""Seconds between two looks whether a claim that is waited for is free."""

_held: dict[Byte, int] = {}
"""How often this process holds a byte: the kernel counts only processes."""

_mutex = threading.Lock()


@contextmanager
def claim(uri: str, experiment: str, tags: Mapping[str, str], wait: bool = False) -> Iterator[bool]:
    """Claim the run of these `tags` in the experiment of this name while the block lasts.

    Gives False where another process holds it and we do not `wait`.
    """
    with _claimed(_byte(uri, experiment, tags), wait) as mine:
        yield mine


@contextmanager
def claim_of(uri: str, experiment: str, tags: Mapping[str, str]) -> Iterator[bool]:
    """Claim, like `claim`, what the owner of a recorded run of these `tags` holds. Gives False too where it cannot be seen."""
    byte = _owners(uri, experiment, tags)
    if byte is None:
        yield False
        return
    with _claimed(byte) as mine:
        yield mine


def visible(uri: str, tags: Mapping[str, str]) -> bool:
    """Whether the claim of the recorded run of these `tags`, if its owner lives, can be seen from here."""
    return _owners(uri, "", tags) is not None


def claimed_elsewhere(uri: str, experiment: str, tags: Mapping[str, str]) -> bool:
    """Whether another process is at work on the run of these `tags` in the experiment of this name."""
    byte = _byte(uri, experiment, tags)
    with _mutex:
        if byte in _held:
            return False
        free = _lock(byte)
        if free:
            _unlock(byte)
        return not free


def mark(uri: str, experiment: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tag by which others find the claim on the run of these `tags`; none for a run of a kind that nobody claims."""
    return {CLAIM: f"{_file(uri)[1]}:{_byte(uri, experiment, tags)[1]}"} if _claimable(tags) else {}


def _owners(uri: str, experiment: str, tags: Mapping[str, str]) -> Byte | None:
    """Return the byte that the owner of a recorded run holds while it lives; None where that cannot be known.

    experiment: its name, for a run in a SQLite file that says nothing of its claim.
    """
    if not _claimable(tags):
        return None
    file, _, offset = tags.get(CLAIM, "").rpartition(":")
    descriptor, ours = _file(uri)
    if file != ours:
        return None
    return (descriptor, int(offset)) if offset else _byte(uri, experiment, tags)


def _claimable(tags: Mapping[str, str]) -> bool:
    """Whether a run of these `tags` is of a kind that its maker claims."""
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
    """Lock the byte if it is free. attempts: some milliseconds apart, since whoever only looks holds it for an instant."""
    for _ in range(attempts):
        with _mutex:
            if byte in _held or _lock(byte):
                _held[byte] = _held.get(byte, 0) + 1
                return True
        sleep(0.002)
    return False


def _lock(byte: Byte) -> bool:
    try:
        fcntl.lockf(byte[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte[1])
    except BlockingIOError:
        return False
    return True


def _unlock(byte: Byte) -> None:
    fcntl.lockf(byte[0], fcntl.LOCK_UN, 1, byte[1])


def _byte(uri: str, experiment: str, tags: Mapping[str, str]) -> Byte:
    """Return a byte of 2^62; two runs that share one by chance only wait for each other."""
    names = IDENTIFYING[tags.get("role", "run")]
    store = "" if sqlite_file(uri) else place(uri)
    key = "\0".join([store, experiment, *(tags[name] for name in names), tags.get(INSTANCE, "")])
    return _file(uri)[0], int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 2


def _file(uri: str) -> tuple[int, str]:
    """Return the descriptor of the claims file, and what tells it from all others; "" of the one beside a store."""
    store = sqlite_file(uri)
    try:
        return (_beside(store), "") if store else _of_this_user()
    except OSError as error:
        why = f"cannot keep track there of which runs are being made ({error.strerror})"
        raise UserError(f"{error.filename}: {why}") from None


@cache  # open once and for ever: to close any descriptor of the file would free all of this process's claims
def _beside(store: Path) -> int:
    store.parent.mkdir(parents=True, exist_ok=True)
    return os.open(store.with_name(f"{store.name}.claims"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)


@cache
def _of_this_user() -> tuple[int, str]:
    """The claims of all of this user's checkouts on this machine, on all servers.

    The file begins with a random number. It and the machine's name tell it from that of another machine or container.
    """
    folder = (LASTING if os.access(LASTING, os.W_OK) else Path(tempfile.gettempdir())) / f"zerosweep-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder}: must be a folder of this user's, for which of its runs are being made")
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

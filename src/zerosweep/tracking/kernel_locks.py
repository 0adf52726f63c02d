"""Locks of one machine: a byte of a file, which the kernel frees when the process dies.

The file of a SQLite store lies beside the database, found by its real path, and serves all who share its folder. The
file for tracking servers lies in a folder of this user and serves all checkouts on this machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import sleep

from zerosweep.errors import UserError

LASTING = "/var/tmp"
"""Folder that outlives a reboot, so that the next command sees that a power cut has ended a run."""

PLACE = "ZEROSWEEP_LOCKS"
"""Environment variable with a folder in place of `LASTING`. Processes with different folders are as on two machines."""

ID_BYTES = 16

ATTEMPTS, PAUSE = 10, 0.002
"""Attempts to lock a byte, and the seconds between them: a process that only checks a byte locks it for an instant."""


class KernelLocks:
    """Locks on the bytes of an open file. Its offsets are the keys, so there is nothing to clean up.

    Args:
        descriptor: The file, which stays open: closing any descriptor of it would free all locks of this process.
        name: The name of the file in the tags of runs.
    """

    def __init__(self, descriptor: int, name: str = ""):
        self._descriptor, self.name = descriptor, name
        status = os.fstat(descriptor)
        self.file = (status.st_dev, status.st_ino)

    def mark(self, key: int) -> str:
        """Return the value of the tag by which others find the lock."""
        return f"{self.name}:{key}"

    def key(self, mark: str) -> int | None:
        """Return the key of a lock of this kind with this mark, else None."""
        name, _, key = mark.rpartition(":")
        return int(key) if name == self.name and key.isdecimal() else None

    def take(self, key: int) -> bool:
        """Lock the byte unless another process has locked it, and return whether it is ours."""
        for _ in range(ATTEMPTS):
            if self._lock(key):
                return True
            sleep(PAUSE)
        return False

    def free(self, key: int) -> None:
        """Unlock the byte."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, key)

    def taken(self, key: int) -> bool:
        """Return whether another process has locked the byte. This process must not have locked it."""
        free = self._lock(key)
        if free:
            self.free(key)
        return not free

    def kept(self, key: int) -> bool:
        """Return True: a lock of the kernel is not lost while the process lives."""
        return True

    def _lock(self, key: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, key)
        except BlockingIOError:
            return False
        return True


def locks_beside(store: Path) -> KernelLocks:
    """Return the locks of a SQLite store. Each file is opened once, whatever names it has."""
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(store.with_name(f"{store.name}.claims"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    except OSError as error:
        raise unwritable(error) from None
    return KernelLocks(descriptor)


@cache
def locks_of_user() -> KernelLocks:
    """Return the locks of this user on this machine.

    The name of the file is a hash of the machine's name and of a random number at the beginning of the file. It differs
    from the name of the file of any other machine or container.
    """
    try:
        lasting = os.environ.get(PLACE) or (LASTING if os.access(LASTING, os.W_OK) else tempfile.gettempdir())
        folder = Path(lasting) / f"zerosweep-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise UserError(
                f"{folder}: must be a folder that belongs to this user; it records which runs are being made"
            )
        path = folder / "claims"
        if not path.exists():
            draft = folder / secrets.token_hex(8)
            draft.write_bytes(secrets.token_bytes(ID_BYTES))
            with suppress(FileExistsError):  # another process was faster
                path.hardlink_to(draft)
            draft.unlink()
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise unwritable(error) from None
    names = os.pread(descriptor, ID_BYTES, 0) + socket.gethostname().encode()
    return KernelLocks(descriptor, hashlib.sha256(names).hexdigest()[:16])


def unwritable(error: OSError) -> UserError:
    """Return the error for a file of locks that cannot be opened."""
    return UserError(f"{error.filename}: cannot record there which runs are being made ({error.strerror})")

"""Temporary files: each command has a folder of its own, and removes the folders that killed commands left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path

from zerosweep.errors import UserError

PREFIX = "zerosweep-tmp-"

LOCK = "lock"
"""Name of the file in each folder that its command holds locked. The kernel frees the lock when the command dies."""


def begin() -> None:
    """Put temporary files of this process and its children into a new folder that is removed when this process exits.

    Raises:
        UserError: No folder for temporary files is writable.
    """
    try:
        root = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise UserError(f"{error.strerror}; set TMPDIR to a folder that can be written to") from None
    for folder in root.glob(f"{PREFIX}*"):
        _remove_if_left_over(folder)
    folder = _make(root)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    # multiprocessing removes its own folder in there with priority -100; this lower priority comes later.
    Finalize(None, shutil.rmtree, [folder], {"ignore_errors": True}, exitpriority=-200)


def _make(root: Path) -> Path:
    """Create a folder in `root` and lock it until this process ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        with suppress(FileNotFoundError):  # another command removed it as a left-over before it was locked
            fcntl.flock(_open_lock(folder), fcntl.LOCK_EX)
            if (folder / LOCK).exists():
                return folder


def _remove_if_left_over(folder: Path) -> None:
    """Remove the folder if its command is dead. A folder of another user is left alone."""
    with suppress(OSError):  # its command is alive and holds the lock, or another command removes it at the same time
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return
        lock = _open_lock(folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _open_lock(folder: Path) -> int:
    return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)

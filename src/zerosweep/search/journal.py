"""Optuna's journal in a file, which survives writers that die, or fill the disk, in the middle of a line."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from time import sleep, strftime
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from zerosweep.errors import UserError
from zerosweep.search.optuna_private import BaseJournalFileLock

BEGIN = b'{"op_code":'
"""The first bytes of every record."""

BLOCK = 1 << 16
"""Bytes per read, from the end of the file backwards."""

SETTLING_SECONDS = 0.1
"""Seconds to wait before a partial line is removed, as another program may be writing the rest of it."""


class KernelLock(BaseJournalFileLock):
    """Lock between processes that the kernel frees when its holder dies.

    Optuna's own lock outlives a killed process, and the next writer waits 30 seconds for it. This lock's file has
    another name than Optuna's, so that a journal can be used with both.
    """

    def __init__(self, path: Path):
        self._path = path

    def acquire(self) -> bool:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        os.close(self._file)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class BrokenJournal(UserError):
    """A journal has lost records that were read before, or cannot be read before its last line."""

    def __init__(self, file: Path, why: object):
        super().__init__(f"the journal {file} {why}; the next search repairs it and resumes")


class Journal(JournalFileBackend):
    """A journal with one record per line. A partial last line is removed before the next record is written."""

    def __init__(self, file: Path):
        super().__init__(str(file), lock_obj=lock_of(file))
        self._file = file

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        with self._explained():
            if self._file.stat().st_size < self._log_number_offset.get(log_number_from, 0):
                raise BrokenJournal(self._file, "was cut while it was in use")
            yield from super().read_logs(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines = "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in logs)
        with lock_of(self._file), self._explained(), _opened(self._file) as file:
            _cut_partial_end(file)
            rest = memoryview(lines.encode())
            while rest:  # a nearly full disk takes a part of the bytes, and the next write raises
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise errors about a removed or unreadable file as `BrokenJournal`."""
        try:
            yield
        except FileNotFoundError:
            raise BrokenJournal(self._file, "was removed while it was in use") from None
        except ValueError as error:
            raise BrokenJournal(self._file, f"cannot be read ({error})") from None


def lock_of(file: Path) -> KernelLock:
    """Return the lock that a writer of this journal holds."""
    return KernelLock(file.with_name(f"{file.name}.flock"))


def is_journal(file: Path) -> bool:
    """Return whether the file may be used, and repaired, as a journal.

    It may if it is absent or empty, if this program has written it before, or if it begins with a record or
    contains one.
    """
    if not file.exists() or not file.stat().st_size or file.with_name(f"{file.name}.flock").exists():
        return True
    with file.open("rb") as lines:
        begin = lines.read(len(BEGIN))
        lines.seek(0)
        return BEGIN.startswith(begin) or any(map(_is_record, lines))


def open_repaired(file: Path) -> tuple[JournalStorage, str]:
    """Open a journal that no other process searches, and repair it first if it is damaged.

    A partial last line is removed. A journal that is broken before its last line is renamed to `NAME.broken-<time>`
    and replaced by an empty one.

    Returns:
        The storage, and what was repaired; "" if nothing was.
    """
    done = ""
    with lock_of(file):
        file.touch()
        try:
            with _opened(file) as opened:
                done = "had lost the end of its last line" if _cut_partial_end(opened) else ""
            return JournalStorage(Journal(file)), done
        except OSError:
            raise
        except Exception:  # of any type, as Optuna replays records without checking them
            aside = file.with_name(f"{file.name}.broken-{strftime('%Y%m%d-%H%M%S')}")
            file.rename(aside)
    return JournalStorage(Journal(file)), f"was broken, and is {aside.name} now"


def set_aside(file: Path) -> bool:
    """Return whether `open_repaired` has renamed a journal of this name before."""
    return any(other.name.startswith(f"{file.name}.broken-") for other in file.parent.iterdir())


def _opened(file: Path) -> FileIO:
    """Open the file to read anywhere in it and to append to it."""
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    return FileIO(descriptor, "r+")


def _cut_partial_end(file: FileIO) -> bool:
    """Remove a partial last line.

    Returns:
        Whether the last line was removed.

    Raises:
        ValueError: The line before it is not a record either.
    """
    if _last_is_record(file, file.seek(0, os.SEEK_END)):
        return False
    sleep(SETTLING_SECONDS)
    end = file.seek(0, os.SEEK_END)
    if _last_is_record(file, end):
        return False
    start = _start_of_line(file, end)
    file.seek(start)
    if not (_last_is_record(file, start) if start else BEGIN.startswith(file.read(len(BEGIN)))):
        raise ValueError("no whole record before the last line")
    file.truncate(start)
    return True


def _last_is_record(file: FileIO, end: int) -> bool:
    """Return whether the line that ends at byte `end` is a record, or there is no line."""
    start = _start_of_line(file, end)
    file.seek(start)
    return not end or _is_record(file.read(end - start))


def _start_of_line(file: FileIO, end: int) -> int:
    """Return the first byte of the line that ends at byte `end`.

    Its newline, if it has one, is the byte before `end`.
    """
    position = end - 1
    while position > 0:
        start = max(0, position - BLOCK)
        file.seek(start)
        newline = file.read(position - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        position = start
    return 0


def _is_record(line: bytes) -> bool:
    """Return whether the line is a complete record with its newline."""
    if not line.endswith(b"\n"):
        return False
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and "op_code" in record

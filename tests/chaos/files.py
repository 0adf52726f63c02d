"""Strikes at the files of a store: full or read-only disks, folders that vanish, damaged or locked databases."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from tests.chaos import mounts
from tests.chaos.strike import Strike, Target

LOCKED_SECONDS = 6.0
"""The most seconds that the database stays locked."""

Hit = Callable[[Target, np.random.Generator], bool]
"""Does a strike, and returns whether there was anything to hit."""


def strikes() -> list[Strike]:
    """Return every strike at files."""
    disk, local, journal = frozenset({"disk"}), frozenset({"local"}), frozenset({"journal"})
    return [
        Strike("disk full, for good", _fill(for_good=True), needs=disk, weight=1),
        Strike("disk full, for a while", _fill(for_good=False), needs=disk, weight=0.7),
        Strike("disk full from the start", _fill(for_good=True), during=False, needs=disk, weight=1),
        Strike("mlruns vanishes", _vanish("mlruns"), needs=local, spoils=True, weight=0.5),
        Strike("artifacts vanish", _vanish("mlruns/artifacts"), spoils=True, weight=0.5),
        Strike("logs vanish", _vanish("mlruns/logs"), weight=0.5),
        Strike("database locked", _lock, weight=0.7),
        _between("read-only", _read_only, needs=disk | local),
        _between("a file where artifacts/ should be", _in_place_of("mlruns/artifacts"), spoils=True),
        _between("database with random bytes", _spoil(_random_bytes), needs=local, spoils=True, weight=0.7),
        _between("database overwritten", _spoil(_overwritten), needs=local, spoils=True, weight=0.5),
        _between("database truncated", _spoil(_truncated), needs=local, spoils=True, weight=0.7),
        _between("database empty", _spoil(_emptied), needs=local, spoils=True, weight=0.3),
        _between("journal cut in mid-line", _cut, needs=journal, weight=3),
        _between("journal with a stray byte", _stray, needs=journal),
        _between("journal broken inside", _broken, needs=journal),
        _between("journal deleted", _deleted, needs=journal),
    ]


def _between(
    name: str, hit: Hit, needs: frozenset[str] = frozenset(), spoils: bool = False, weight: float = 1.0
) -> Strike:
    """Return a strike between two attempts, at files that no process has open."""
    return Strike(name, hit, during=False, needs=needs, spoils=spoils, alone=True, weight=weight)


def _fill(for_good: bool) -> Hit:
    """Fill the disk except for some kilobytes.

    Args:
        for_good: Whether it stays full until the command has ended; else for some seconds.
    """

    def hit(target: Target, rng: np.random.Generator) -> bool:
        filler = target.place.project / "filler"
        left = int(rng.choice([0, 1, 4, 16, 50, 100, 200, 400, 800, 1600, 3000])) * 1024
        free = shutil.disk_usage(target.place.project).free
        with suppress(OSError), filler.open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, file.tell() + free - left))
        target.afterwards.callback(filler.unlink, missing_ok=True)
        if not for_good:
            timer = threading.Timer(float(rng.uniform(0.1, 3)), filler.unlink, kwargs={"missing_ok": True})
            timer.daemon = True
            timer.start()
            target.afterwards.callback(timer.join)
        return True

    return hit


def _read_only(target: Target, rng: np.random.Generator) -> bool:
    """Make the project and its store read-only for this command, unless an earlier command still writes there."""
    if not mounts.read_only(target.place.project, True):
        return False
    target.afterwards.callback(mounts.read_only, target.place.project, False)
    return True


def _vanish(name: str) -> Hit:
    """Move a folder away, and back once the command has ended.

    What the command writes in its place is lost, except for the artifacts of runs, which are added to the others.
    """

    def hit(target: Target, rng: np.random.Generator) -> bool:
        folder, away = target.place.project / name, target.place.project / "away"
        if not folder.is_dir() or away.exists():
            return False
        folder.rename(away)
        target.afterwards.callback(_bring_back, away, folder, merged=name.endswith("artifacts"))
        return True

    return hit


def _bring_back(away: Path, folder: Path, merged: bool) -> None:
    """Move a folder back, and add what was written in its place meanwhile if it is to be `merged`."""
    if not away.is_dir() or not folder.parent.is_dir():
        return
    if merged and folder.is_dir():
        shutil.copytree(folder, away, dirs_exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    away.rename(folder)


def _in_place_of(name: str) -> Hit:
    """Put a file in the place of a folder, until the command has ended."""

    def hit(target: Target, rng: np.random.Generator) -> bool:
        folder, aside = target.place.project / name, target.place.project / "aside"
        if aside.exists():
            return False
        if folder.exists():
            folder.rename(aside)
        folder.write_text("not a folder\n")

        def back() -> None:
            folder.unlink(missing_ok=True) if folder.is_file() else shutil.rmtree(folder, ignore_errors=True)
            if aside.exists():
                aside.rename(folder)

        target.afterwards.callback(back)
        return True

    return hit


def _lock(target: Target, rng: np.random.Generator) -> bool:
    """Hold the database's write lock for some seconds, as another program might."""
    if not target.place.store.is_file():
        return False
    seconds, release = float(rng.uniform(0.5, LOCKED_SECONDS)), threading.Event()

    def hold() -> None:
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(target.place.store, timeout=2, isolation_level=None)) as connection,
        ):
            connection.execute("BEGIN EXCLUSIVE")
            release.wait(seconds)
            connection.execute("ROLLBACK")

    holding = threading.Thread(target=hold, daemon=True)
    holding.start()
    target.at_end.callback(holding.join)
    target.at_end.callback(release.set)
    return True


def _spoil(how: Callable[[Path, np.random.Generator], None]) -> Hit:
    """Spoil the database for this command, and put a copy of it back afterwards.

    Args:
        how: Spoils the file.
    """

    def hit(target: Target, rng: np.random.Generator) -> bool:
        store = target.place.store
        if not store.is_file():
            return False
        with closing(sqlite3.connect(store, timeout=10)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        safe = store.parent.parent / "safe.db"
        shutil.copy2(store, safe)

        def back() -> None:
            for file in store.parent.glob("mlflow.db*"):
                if not file.name.endswith(("lock", "claims")):
                    file.unlink()
            safe.rename(store)

        target.afterwards.callback(back)
        how(store, rng)
        return True

    return hit


def _random_bytes(file: Path, rng: np.random.Generator) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        for _ in range(int(rng.integers(1, 20))):
            opened.seek(int(rng.integers(size)) if rng.random() < 0.7 else int(rng.integers(200)))
            opened.write(rng.bytes(int(rng.integers(1, 4096))))


def _overwritten(file: Path, rng: np.random.Generator) -> None:
    file.write_bytes(rng.bytes(int(rng.integers(1, 100_000))))


def _emptied(file: Path, rng: np.random.Generator) -> None:
    os.truncate(file, 0)


def _truncated(file: Path, rng: np.random.Generator) -> None:
    os.truncate(file, int(rng.integers(1, file.stat().st_size)))


def _journal(target: Target) -> Path | None:
    """Return the study's journal; None if it has no records yet."""
    file = target.place.journal
    return file if file.is_file() and file.stat().st_size > 100 else None


def _cut(target: Target, rng: np.random.Generator) -> bool:
    if (file := _journal(target)) is None:
        return False
    last = len(file.read_bytes().splitlines(keepends=True)[-1])
    os.truncate(file, file.stat().st_size - int(rng.integers(1, last)))
    return True


def _stray(target: Target, rng: np.random.Generator) -> bool:
    if (file := _journal(target)) is None:
        return False
    with file.open("ab") as opened:
        opened.write(rng.bytes(1))
    return True


def _broken(target: Target, rng: np.random.Generator) -> bool:
    if (file := _journal(target)) is None:
        return False
    with file.open("r+b") as opened:
        opened.seek(int(rng.integers(file.stat().st_size // 2)))
        opened.write(rng.bytes(20))
    return True


def _deleted(target: Target, rng: np.random.Generator) -> bool:
    if (file := _journal(target)) is None:
        return False
    file.unlink()
    return True

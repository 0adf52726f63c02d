"""Mounts that only this process and its children see, and that end with it: small disks, and a private /dev/shm."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

CLONE_NEWNS = 0x00020000

OWN_SHARED_MEMORY = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', "sh")
"""A prefix that gives a command its own /dev/shm. The command replaces the prefix in the same process."""


def separate() -> bool:
    """Give this process a mount namespace of its own, with an empty /dev/shm; return whether that was possible."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, check=False)
    return private.returncode == 0 and _mount(Path("/dev/shm"), "mode=1777").returncode == 0


def small_disk(folder: Path, kilobytes: int) -> None:
    """Mount an empty file system of this size on the folder."""
    _mount(folder, f"size={kilobytes}k").check_returncode()


def read_only(folder: Path, yes: bool) -> bool:
    """Make a mounted file system read-only, or writable again; return whether that was possible.

    It is not while a process writes to the file system.
    """
    how = f"remount,{'ro' if yes else 'rw'}"
    return subprocess.run(["mount", "-o", how, str(folder)], capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    """Unmount the folder at once. Processes that have files of it open may still use them."""
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)


def _mount(folder: Path, options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )

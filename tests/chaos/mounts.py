"""Mounts that only this process and its children see, and that vanish with it: small disks, and a /dev/shm of its own."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

CLONE_NEWNS = 0x00020000

OWN_SHARED_MEMORY = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', "sh")
"""What comes before a command that is to have a /dev/shm of its own; the process stays the same."""


def separate() -> bool:
    """Give this process a mount namespace of its own, with an empty /dev/shm; return False where the system refuses."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, check=False)
    return private.returncode == 0 and _mount(Path("/dev/shm"), "mode=1777").returncode == 0


def small_disk(folder: Path, kilobytes: int) -> None:
    """Mount an empty file system of this size on the folder."""
    _mount(folder, f"size={kilobytes}k").check_returncode()


def read_only(folder: Path, yes: bool) -> bool:
    """Make a mounted file system read-only, or writable again; return False where a process still writes to it."""
    how = f"remount,{'ro' if yes else 'rw'}"
    return subprocess.run(["mount", "-o", how, str(folder)], capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    """Take a file system away, at once for whoever looks at the folder, though a process may still use it."""
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)


def _mount(folder: Path, options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )

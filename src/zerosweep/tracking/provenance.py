"""Provenance of a run as tags: the state of the git checkout, the machine and the user."""

from __future__ import annotations

import getpass
import os
import re
import signal
import socket
import subprocess
from functools import cache

from zerosweep.places import TRAIN, home

GIT_SECONDS = 5.0
"""Seconds that git may take to answer."""

COMMIT = re.compile(r"[0-9a-f]{40,64}")
"""Pattern of a commit's id. Anything else that git prints in its place is ignored."""


@cache  # the process runs the code that was there when it began
def provenance() -> dict[str, str]:
    """Return tags that say which code made a run, on which machine, and by whom. Unknown ones are left out.

    Returns:
        `git_commit`; `git_dirty` ("true" if a file is changed or untracked); `host`, the name of the machine; and
        MLflow's own tags for the columns of its runs table.
    """
    commit = _git("rev-parse", "HEAD")
    if not COMMIT.fullmatch(commit or ""):
        commit = None
    status = _git("status", "--porcelain") if commit else None
    tags = {
        "git_commit": commit,
        "git_dirty": None if status is None else str(bool(status)).lower(),
        "host": socket.gethostname(),
        "mlflow.source.name": TRAIN.removeprefix("python "),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": commit,
        "mlflow.user": _user(),
    }
    return {name: value for name, value in tags.items() if value}


def _git(*arguments: str) -> str | None:
    """Return what git prints; None without git, a checkout, a commit or an answer in time."""
    command = ["git", "-C", str(home()), "--no-optional-locks", *arguments]
    try:
        # A process group of its own can be ended as a whole: processes that a hanging git has started hold its output
        # open.
        git = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:  # git is not installed or cannot be started
        return None
    with git:
        try:
            output, _ = git.communicate(timeout=GIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(git.pid, signal.SIGKILL)
            return None
    return output.decode(errors="replace").strip() if git.returncode == 0 else None


def _user() -> str | None:
    try:
        return getpass.getuser().encode(errors="replace").decode()  # a database refuses lone surrogates
    except (KeyError, OSError):  # the user of a container may have no name
        return None

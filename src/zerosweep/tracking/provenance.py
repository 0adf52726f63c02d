"""Who ran what: the state of the git checkout and the user, as tags."""

from __future__ import annotations

import getpass
import os
import re
import signal
import socket
import subprocess
from functools import cache

from zerosweep import PROJECT

GIT_SECONDS = 5.0
"""How long git may take to answer."""

COMMIT = re.compile(r"[0-9a-f]{40,64}")
"""What a commit's id looks like; whatever else git prints in its place says nothing."""


@cache  # of when the process began, which is the code that it runs
def provenance() -> dict[str, str]:
    """Return tags that say which code made a run, where, and by whom; what cannot be found out is left out.

    Returns:
        git_commit; git_dirty ("true" if tracked files differ from the commit or untracked ones lie about); host: the
        machine's name; and MLflow's own tags for the columns of its runs table.
    """
    commit = _git("rev-parse", "HEAD")
    if not COMMIT.fullmatch(commit or ""):
        commit = None
    status = _git("status", "--porcelain") if commit else None
    tags = {
        "git_commit": commit,
        "git_dirty": None if status is None else str(bool(status)).lower(),
        "host": socket.gethostname(),
        "mlflow.source.name": "src/train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": commit,
        "mlflow.user": _user(),
    }
    return {name: value for name, value in tags.items() if value}


def _git(*arguments: str) -> str | None:
    """Return what git prints; None where there is no git, no checkout, no commit or no answer in time."""
    command = ["git", "-C", str(PROJECT), "--no-optional-locks", *arguments]
    try:
        # A process group of its own, which is ended as a whole: what a hanging git has started holds its output open.
        git = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:  # no git, or nothing that can be started
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
        return getpass.getuser().encode(errors="replace").decode()  # as a database takes it
    except (KeyError, OSError):  # a container's user without a name
        return None

"""Who ran what: the state of the git checkout and the user, as tags."""

from __future__ import annotations

import getpass
import socket
import subprocess
from functools import cache

from zerosweep import PROJECT


@cache  # of when the process began, which is the code that it runs
def provenance() -> dict[str, str]:
    """git_commit and git_dirty ("true" if tracked files differ from it or new ones lie about), "unknown" outside of a
    checkout; host: the machine's name; and MLflow's own tags for the columns of its runs table."""
    commit, status = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    tags = {
        "git_commit": commit or "unknown",
        "git_dirty": "unknown" if status is None else str(bool(status)).lower(),
        "host": socket.gethostname(),
        "mlflow.source.name": "src/train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
    }
    return tags | ({"mlflow.source.git.commit": commit} if commit else {})


def _git(*arguments: str) -> str | None:
    """What git answers, or None where there is no git, no checkout or no commit."""
    command = ["git", "-C", str(PROJECT), "--no-optional-locks", *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"

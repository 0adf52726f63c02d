"""Named sweeps, run by their commands in a process of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from zerosweep.config.words import read_words
from zerosweep.errors import RunsFailed, UserError
from zerosweep.importing import importable_by_children
from zerosweep.masking import masked
from zerosweep.places import TRAIN
from zerosweep.report.summary import REPORTED
from zerosweep.tracking.store import store_uri


def command_of(name: str, arguments: Sequence[str] = ()) -> str:
    """Return the command that runs a named sweep, with its secrets masked."""
    return shlex.join([*TRAIN.split(), f"sweeps={name}", *map(masked, arguments)])


def run_named(name: str, arguments: Sequence[str] = ()) -> str:
    """Run a named sweep, whose progress is shown, and return the id of its summary run.

    Args:
        name: The name of the sweep.
        arguments: Further overrides.

    Raises:
        RunsFailed: The sweep failed.
        UserError: The sweep wrote no summary.
    """
    with tempfile.TemporaryDirectory() as scratch:
        reported = Path(scratch, "reported")
        with importable_by_children():
            environment = os.environ | {REPORTED: str(reported)}
        command = [sys.executable, "-m", "zerosweep", "train", f"sweeps={name}", *arguments]
        if subprocess.run(command, env=environment, check=False).returncode:
            print(f"{name} failed; the page is not changed", file=sys.stderr)  # noqa: T201
            raise RunsFailed
        if not reported.exists():
            shown = command_of(name, arguments)
            raise UserError(
                f"{shown}: writes no summary, which the page needs; leave out what prevents it, such as plan=true"
            )
        return reported.read_text()


def uri_of(arguments: Sequence[str]) -> str:
    """Return the store of a command with these overrides."""
    words = read_words([argument for argument in arguments if argument.startswith("tracking.uri=")])
    return store_uri(words.tracking.uri)

"""The folder of one round: a copy of the project with a store, temporary files, and the output of the commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import mounts

PROJECT = Path(__file__).resolve().parents[2]

NOT_COPIED = (".venv*", ".git", ".*_cache", ".hypothesis", "docs", "tests", "benchmarks", "mlruns")
"""Parts of the project that no command of a round needs."""

MARK = "ZEROSWEEP_CHAOS"
"""The environment variable that marks all processes of a round, however they were started."""

FOREIGN = ("MLFLOW", "HYDRA", "CHAOS", "PYTHON", "OMP_", "OPENBLAS_", "LC_", "MPL")
"""Prefixes of environment variables that the commands of a round do not inherit from the harness."""

DISK_KILOBYTES = 96 * 1024
"""Size of the file system of a round."""


@dataclass(frozen=True)
class Place:
    """The folder of one round.

    Attributes:
        folder: The folder.
        disk: Whether the project in it is on a small file system of its own.
    """

    folder: Path
    disk: bool

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def mlruns(self) -> Path:
        return self.project / "mlruns"

    @property
    def store(self) -> Path:
        return self.mlruns / "mlflow.db"

    @property
    def journal(self) -> Path:
        return self.mlruns / "studies" / "chaos.log"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def said(self) -> Path:
        """The folder with the output of the commands."""
        return self.folder / "said"

    @property
    def mark(self) -> str:
        return str(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command: the harness's own without its settings, and with the store of this place."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return inherited | {
            MARK: self.mark,
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.store}",
            "PYTHONWARNINGS": "ignore",
            "PYTHONFAULTHANDLER": "1",  # a command that hangs is aborted, and prints its tracebacks
            "TMPDIR": str(self.temporary),
        }

    def remove(self) -> None:
        """Remove the folder."""
        if self.disk:
            mounts.unmount(self.project)
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self) -> None:
        """Save the round for a person to inspect: copy it from its own file system, which ends with this process."""
        if self.disk:
            kept = self.folder / "kept"
            shutil.copytree(self.project, kept, symlinks=True, dirs_exist_ok=True)
            mounts.unmount(self.project)
            self.project.rmdir()
            kept.rename(self.project)


def make(folder: Path, template: Path, disk: bool) -> Place:
    """Make the place of a round.

    Args:
        folder: The folder of the round.
        template: The copy of the project that it gets.
        disk: Whether the project is on a small file system of its own.
    """
    place = Place(folder, disk)
    for needed in (place.project, place.temporary, place.said):
        needed.mkdir(parents=True)
    if disk:
        mounts.small_disk(place.project, DISK_KILOBYTES)
    shutil.copytree(template, place.project, symlinks=True, dirs_exist_ok=True)
    return place


def make_template(folder: Path) -> Path:
    """Copy the project into the folder, as a repository where git is installed, with a fresh store; return the copy.

    What every round needs is made once: MLflow's migrations alone take seconds.
    """
    template = folder / "template"
    shutil.copytree(PROJECT, template, ignore=shutil.ignore_patterns(*NOT_COPIED))
    if shutil.which("git"):
        who = ["-c", "user.name=chaos", "-c", "user.email=chaos@localhost"]
        for arguments in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "template"]):
            subprocess.run(["git", *arguments], cwd=template, check=True, capture_output=True)
    maker = Place(folder / "maker", disk=False)
    maker.temporary.mkdir(parents=True)
    store = {"MLFLOW_TRACKING_URI": f"sqlite:///{template}/mlruns/mlflow.db"}
    first = ["trainer.iterations=1", "tracking.figures=false", "tracking.experiment=first"]
    subprocess.run(
        [sys.executable, "src/train.py", *first], cwd=template, env=maker.environment | store, check=True,
        capture_output=True,
    )  # fmt: skip
    shutil.rmtree(template / "mlruns" / "artifacts")
    # Python 3.11 leaves half a .pyc on a full disk, and cannot import it any more (python/cpython#126606).
    subprocess.run([sys.executable, "-m", "compileall", "-q", "src"], cwd=template, check=True)
    return template

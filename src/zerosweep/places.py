"""Folders: the sources, the configuration files, and the place of `mlruns/`.

In a checkout all of them lie in the checkout. In an installed wheel the configuration files are part of the package,
and `mlruns/` lies in the working directory.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder of the package's sources."""


def _checkout() -> Path | None:
    above = PACKAGE.parent.parent
    return above if PACKAGE.parent.name == "src" and (above / "conf" / "config.yaml").is_file() else None


CHECKOUT = _checkout()
"""The checkout that the package is imported from; None for an installed wheel."""

FILES = CHECKOUT or PACKAGE / "files"
"""The folder that holds conf/ and sweeps/."""

CONF, SWEEPS = FILES / "conf", FILES / "sweeps"
"""The folder with a subfolder for each config group, and the folder of the named sweeps."""

TRAIN = "python src/train.py" if CHECKOUT else "zerosweep train"
"""The command that trains, as a person writes it."""


def home() -> Path:
    """Return the folder that holds `mlruns/`: the checkout, or the working directory of an installed package."""
    return CHECKOUT or Path.cwd()

"""Which run this is: the configuration, the code and the data that its numbers are a function of.

Two runs with the same three ids have the same numbers, bit for bit (on the same kind of processor).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path

import numpy as np

from zerosweep.config.purposes import purposes
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.recipe import Purpose, Recipe

NUMERIC_SOURCES = (
    "nn",
    "optim",
    "data",
    "tasks",
    "training/diagnostics.py",
    "training/loop.py",
    "training/records.py",
    "training/traces.py",
    "training/verdict.py",
    "assemble.py",
    "randomness.py",
    "recipe.py",
    "__init__.py",
)
"""The parts of the package that determine numbers. Tracking, figures and configuration do not, nor does the
diagnosis, which only tells of them."""


@dataclass(frozen=True)
class Identity:
    """The three ids, by the names of their tags."""

    config_id: str
    code_id: str
    data_id: str


def digest(*parts: bytes) -> str:
    """16 hexadecimal digits of SHA-256."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little") + part)
    return hasher.hexdigest()[:16]


def config_id(settings: Settings) -> str:
    """Of every setting that a number depends on. The kind of a recipe counts, not the name of the file it came from:
    `model=two_layer` and the same network spelled out with `model=mlp` are one configuration."""
    numeric: dict[str, object] = {}
    for name, value in settings.of(Purpose.NUMBERS).items():
        if not isinstance(value, Recipe):
            numeric[name] = value
        elif name in GROUPS:
            numeric[name] = [type(value).__name__, value.of(Purpose.NUMBERS)]
        elif inner := value.of(Purpose.NUMBERS):
            numeric[name] = inner
    return digest(json.dumps(numeric, sort_keys=True).encode())


def keepsakes(settings: Settings) -> frozenset[str]:
    """Return the settings that are true here and have a run save an optional artifact: a run that lacks it does not stand for this
    one. Figures are no reason to train again."""
    asked = {name: attrgetter(name)(settings) for name, its in purposes().items() if its is Purpose.KEEPS}
    return frozenset(name for name, wanted in asked.items() if wanted and name != "tracking.figures")


@cache
def code_id() -> str:
    """Of the sources that determine numbers, and of NumPy's version."""
    package = Path(__file__).parent
    files = [
        file
        for name in NUMERIC_SOURCES
        for file in sorted([package / name, *(package / name).rglob("*.py")])
        if file.is_file()
    ]
    contents = (part for file in files for part in (file.relative_to(package).as_posix().encode(), file.read_bytes()))
    return digest(np.__version__.encode(), *contents)

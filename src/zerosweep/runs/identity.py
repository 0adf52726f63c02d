"""Which run this is: the configuration, the code and the data that its numbers are a function of.

Two runs with the same three ids have the same numbers, bit for bit (on the same kind of processor).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from operator import attrgetter

from zerosweep.config.purposes import purposes
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.figures.names import ACTIVATIONS, DRAWN_FROM
from zerosweep.recipe import Purpose, Recipe


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
    one. Figures are no reason to train again, but where the report draws the activations that are saved along with them."""
    asked = {name: attrgetter(name)(settings) for name, its in purposes().items() if its is Purpose.KEEPS}
    if DRAWN_FROM.get(settings.report.figure or "") != ACTIVATIONS:
        del asked["tracking.figures"]
    return frozenset(name for name, wanted in asked.items() if wanted)

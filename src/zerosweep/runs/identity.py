"""Which run this is: the configuration, the code and the data that its numbers are a function of.

Two runs with the same three ids have the same numbers, bit for bit (on the same kind of processor).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.data.dataset import Dataset
from zerosweep.figures.names import ACTIVATIONS, DRAWN_FROM

WITHOUT_EFFECT = frozenset({"tracking", "objective", "diagnose", "report", "plan", "reuse", "rerun"})
"""Settings that change no number of a run."""


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
    for setting in fields(settings):
        if setting.name in WITHOUT_EFFECT:
            continue
        value = getattr(settings, setting.name)
        if setting.name in GROUPS and value is not None:
            # Where the data lie makes no difference; what they are is in the data's own id.
            location = value.location if isinstance(value, Dataset) else None
            kept = {name: inner for name, inner in asdict(value).items() if name != location}
            numeric[setting.name] = [type(value).__name__, kept]
        else:
            numeric[setting.name] = asdict(value) if hasattr(value, "__dataclass_fields__") else value
    numeric["trainer"] = {
        name: value for name, value in asdict(settings.trainer).items() if name != "trace"
    }  # of keepsakes
    return digest(json.dumps(numeric, sort_keys=True).encode())


def keepsakes(settings: Settings) -> frozenset[str]:
    """Return the settings that are true here, change no number, and have a run save an optional artifact: a run that lacks it does
    not stand for this one. The activations that are saved along with the figures count where the report draws them."""
    drawn_from = DRAWN_FROM.get(settings.report.figure or "")
    asked = {
        "tracking.model": settings.tracking.model,
        "tracking.figures": settings.tracking.figures and drawn_from == ACTIVATIONS,
        "trainer.trace": settings.trainer.trace,
    }
    return frozenset(name for name, wanted in asked.items() if wanted)

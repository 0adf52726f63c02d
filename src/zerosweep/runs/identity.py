"""The identity of a run: its configuration, code and data, which together determine its numbers.

Two runs with the same three ids have the same numbers, bit for bit, on the same kind of processor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.figures.names import ACTIVATIONS, DRAWN_FROM
from zerosweep.plugins.loading import Plugin, plugin_of
from zerosweep.plugins.parts import own_parts
from zerosweep.recipe import Purpose, Recipe, chosen_from
from zerosweep.runs.assemble import validate
from zerosweep.runs.sources import code_id
from zerosweep.tasks.classification import OWN_MEASURES, Classification
from zerosweep.tasks.trainable import Trainable


@dataclass(frozen=True)
class Identity:
    """The three ids of a run. Each is recorded as a tag of the same name.

    Attributes:
        config_id: Hash of every setting that a number depends on.
        code_id: Hash of the source files that determine numbers.
        data_id: Hash of the data's content.
    """

    config_id: str
    code_id: str
    data_id: str


def identify(settings: Settings, data_id: str | None = None) -> Identity:
    """Return the identity of the run that `settings` describe.

    Args:
        settings: The settings of the run.
        data_id: The hash of its data if that is known. Otherwise the settings are validated, which reads the data.

    Raises:
        UserError: The settings cannot be trained; see `validate`.
    """
    return Identity(config_id(settings), code_of(settings), validate(settings).data_id if data_id is None else data_id)


def code_of(settings: Settings) -> str:
    """Return the code_id of a run: the hash of the sources that its numbers come from."""
    return code_id(plugins_of(settings), ours=not isinstance(settings.task, Trainable))


def plugins_of(settings: Settings) -> tuple[Plugin, ...]:
    """Return the plugins that the numbers of a run depend on.

    Raises:
        UserError: A part is defined where its source cannot be found, as in a notebook.
    """
    modules = dict.fromkeys(part.module for part in own_parts(*_parts(settings)))
    return tuple(map(plugin_of, modules))


def _parts(settings: Settings) -> Iterator[object]:
    """Yield the class of every part that a run uses, with its base classes, and what measures its metrics."""
    if isinstance(settings.task, Classification):
        yield from OWN_MEASURES.values()
    for group in GROUPS:
        recipe = getattr(settings, group)
        if recipe is not None:
            for kind in (type(recipe), *chosen_from(recipe)):
                yield from kind.__mro__


def digest(*parts: bytes) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 hash of the parts."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little") + part)
    return hasher.hexdigest()[:16]


def config_id(settings: Settings) -> str:
    """Return a hash of every setting that a number depends on.

    The class of a recipe counts, not the name of the config file: `model=two_layer` has the same id as `model=mlp` with
    the same values.
    """
    numeric: dict[str, object] = {}
    for name, value in settings.identity().items():
        if not isinstance(value, Recipe):
            numeric[name] = value
        elif name in GROUPS:
            numeric[name] = [type(value).__name__, value.identity()]
        elif inner := value.identity():
            numeric[name] = inner
    return digest(json.dumps(numeric, sort_keys=True).encode())


def optional_artifacts(settings: Settings) -> frozenset[str]:
    """Return the names of the settings that ask for an optional artifact, such as "tracking.model".

    A recorded run without such an artifact cannot stand in for this run. Figures are left out, since they alone are no
    reason to train again, unless the report draws the activations that are saved with them.
    """
    sections = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    asked = {
        f"{name}.{setting}"
        for name, section in sections
        if isinstance(section, Recipe)
        for setting, wanted in section.of(Purpose.KEEPS).items()
        if wanted
    }
    if DRAWN_FROM.get(settings.report.figure or "") != ACTIVATIONS:
        asked -= {"tracking.figures"}
    return frozenset(asked)

"""The record of the plugins that a run uses: their parts, and their sources as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zerosweep.config.schemas import Settings
from zerosweep.errors import UserError
from zerosweep.plugins.parts import PARTS, parts_of
from zerosweep.runs.identity import plugins_of

PLUGINS = "config/plugins.yaml"
"""Artifact of a run that uses plugins: for each its file, or its package, and its parts."""

SOURCES = "plugins"
"""Folder of artifacts with the sources of a run's plugins."""


def plugin_record(settings: Settings) -> list[dict[str, Any]]:
    """Return the content of the artifact `PLUGINS`."""
    return [
        {
            "module": plugin.module,
            "file": None if plugin.installed else plugin.path,
            "parts": [[part.kind, part.name] for part in parts_of([plugin.module])],
        }
        for plugin in plugins_of(settings)
    ]


def plugin_sources(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the path and the content of an artifact for each file of the plugins that are not installed packages."""
    for plugin in plugins_of(settings):
        for source in () if plugin.installed else plugin.sources:
            name = source.module.replace(".", "/") + ("/__init__" if source.is_package else "")
            yield f"{SOURCES}/{name}.py", source.text


def check_plugins(run_id: str, record: Sequence[Mapping[str, Any]]) -> None:
    """Check that the plugins of a recorded run are loaded.

    They are never loaded from the record: whoever can write to the store could then have their code run here.

    Args:
        run_id: The run.
        record: The content of its artifact `PLUGINS`.

    Raises:
        UserError: A part is missing. The error names the file that the record knows.
    """
    for plugin in record:
        for kind, name in plugin["parts"]:
            if (kind, name) in PARTS:
                continue
            if plugin["file"] is None:
                raise UserError(
                    f"rerun={run_id}: the run uses {kind}={name} of the package plugin {plugin['module']}, "
                    "which is not installed here"
                )
            saved = f"{SOURCES}/{plugin['module']}.py"
            raise UserError(
                f"rerun={run_id}: the run uses {kind}={name} of a plugin, which is loaded only if you name it: "
                f"add plugins=[{plugin['file']}] if you trust that file, or the run's artifact {saved}"
            )

"""A grid in Hydra's own grammar: from the command line to the overrides of each job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

from zerosweep.config.compose import typed
from zerosweep.config.read import Config


@dataclass(frozen=True)
class Grid:
    """jobs: the overrides of each, none of them a sweep, the last setting varying fastest. swept: the settings that vary."""

    jobs: list[list[str]]
    swept: list[str]

    def label(self, config: Config) -> str:
        """Those of a job's overrides that tell it from the others; all that is telling, where it is alone."""
        swept = [override for override in config.overrides if override.partition("=")[0].lstrip("+") in self.swept]
        return " ".join(swept) or config.telling


def grid(loader: Any, params: Mapping[str, Any], arguments: Sequence[str]) -> Grid:
    """All combinations of the values given. params: of `hydra.sweeper.params`; arguments: the command line, which wins.

    An interval is refused by Hydra's own exception.
    """
    overrides = typed(loader, params, arguments)
    (jobs,) = BasicSweeper.split_arguments(overrides, None)
    swept = {override.get_key_element(): override.is_sweep_override() for override in overrides}
    return Grid(jobs, [key.lstrip("+") for key, sweeps in swept.items() if sweeps])

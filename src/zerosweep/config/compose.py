"""Composing the jobs of a sweep quickly: each combination of group choices once, each job's values into a copy of it.

Hydra composes a job in some 60 ms, nearly all of it for the defaults list, which only the choices of groups decide.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import setup_globals
from omegaconf import DictConfig, OmegaConf, read_write

from zerosweep.config.hydra_private import apply_overrides, override_dirname
from zerosweep.config.read import Config, of_job


def typed(loader: Any, params: Mapping[str, Any], arguments: Sequence[str]) -> list[Override]:
    """The overrides of a sweep, as parsed. params: of `hydra.sweeper.params`; arguments: the command line, which comes later."""
    lines = [*(f"{name}={value}" for name, value in params.items()), *arguments]
    parsed: list[Override] = OverridesParser.create(config_loader=loader).parse_overrides(lines)
    return parsed


class Composer:
    """Composes jobs as Hydra's `load_sweep_config` does, with the same result.

    loader: Hydra's config loader. master: the configuration of the sweep itself, from which jobs inherit Hydra's settings.
    """

    def __init__(self, loader: Any, master: DictConfig):
        setup_globals()  # Hydra's resolvers
        self._loader, self._master = loader, master
        self._bases: dict[tuple[str, ...], DictConfig] = {}
        self._parse = cache(OverridesParser.create(config_loader=loader).parse_override)
        self.is_group = cache(loader.repository.group_exists)

    def job(self, overrides: Sequence[str], number: int) -> Config:
        """The configuration of job `number`, of which `overrides` are all the overrides, none of them a sweep."""
        cfg = self.compose(overrides)
        with read_write(cfg.hydra):
            cfg.hydra.job.id = cfg.hydra.job.num = number
        running, hydra = HydraConfig.instance().cfg, HydraConfig.instance()
        try:
            hydra.set_config(cfg)
            return of_job(cfg, HydraConfig.get())
        finally:
            hydra.cfg = running

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """What Hydra would compose of these overrides."""
        parsed = [self._parse(override) for override in overrides]
        if self._master.hydra.searchpath or any(map(_unusual, parsed)):
            return self._hydras(overrides)
        choices = tuple(str(override.input_line) for override in parsed if self._chooses(override))
        if choices not in self._bases:
            self._bases[choices] = self._hydras(choices)
        cfg = copy.deepcopy(self._bases[choices])
        apply_overrides([one for one in parsed if not self._chooses(one)], cfg)
        job = cfg.hydra.job
        with read_write(cfg.hydra):
            cfg.hydra.overrides.task = [override.input_line for override in parsed]
            job.override_dirname = override_dirname(parsed, job.config.override_dirname)
        return cfg

    def kind(self, setting: str, choices: Sequence[str]) -> type | None:
        """The class of the setting's node where these options are chosen; None where there is no such setting."""
        group, _, name = setting.rpartition(".")
        cfg = self.compose(choices)
        parent = OmegaConf.select(cfg, group) if group else cfg
        node = parent._get_node(name) if isinstance(parent, DictConfig) and name in parent else None
        return None if node is None else type(node)

    def around(self, setting: str, choices: Sequence[str]) -> tuple[str, set[str]]:
        """Of a setting that there is not where these options are chosen: the innermost group on the way to it that there is ("" for
        the top level), and the names that it has."""
        way, node = [], self.compose(choices)
        for name in setting.split("."):
            if not isinstance(node, DictConfig) or name not in node:
                break
            way.append(name)
            node = node[name]
        names = {str(name) for name in node} - {"hydra"} if isinstance(node, DictConfig) else set()
        return ".".join(way), names

    def _hydras(self, overrides: Sequence[str]) -> DictConfig:
        cfg: DictConfig = self._loader.load_sweep_config(self._master, list(overrides))
        return cfg

    def _chooses(self, override: Override) -> bool:
        """Whether it chooses an option of a config group, by the rule of Hydra's defaults list."""
        return bool(self.is_group(override.key_or_group)) and not isinstance(override.value(), dict)


def _unusual(override: Override) -> bool:
    """What is left to Hydra: its own settings, removals, and packages."""
    return override.is_hydra_override() or override.is_delete() or override.package is not None

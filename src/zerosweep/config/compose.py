"""Fast composition of the jobs of a sweep.

Hydra needs some 60 ms to compose a job, nearly all of it for the defaults list, which depends only on the chosen
options. So each combination of options is composed once, and the values of each job are set in a copy, where possible
section by section (`config/sections.py`).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import setup_globals
from omegaconf import DictConfig, OmegaConf, read_write

from zerosweep.config.hydra_private import apply_overrides, override_dirname
from zerosweep.config.read import Config, folder_of, job_config
from zerosweep.config.sections import Sections
from zerosweep.config.surroundings import refuse_other_store, surroundings, without_hydra

INTEGER = re.compile(r"([A-Za-z_][\w.]*)=(0|[1-9]\d{0,15})", re.ASCII)
"""An override with an integer."""


def parse_overrides(loader: Any, params: Mapping[str, Any], arguments: Sequence[str]) -> list[Override]:
    """Return the parsed overrides of a sweep.

    Args:
        loader: Hydra's config loader.
        params: The values in `hydra.sweeper.params`, which come first.
        arguments: The overrides on the command line, which come last.
    """
    lines = [*(f"{name}={value}" for name, value in params.items()), *arguments]
    parsed: list[Override] = OverridesParser.create(config_loader=loader).parse_overrides(lines)
    return parsed


class Composer:
    """Composer of jobs with the same result as Hydra's `load_sweep_config`.

    Args:
        loader: Hydra's config loader.
        master: The configuration of the sweep itself. Jobs inherit Hydra's settings from it.
    """

    def __init__(self, loader: Any, master: DictConfig):
        setup_globals()  # registers the resolvers of Hydra
        self._loader, self._master = loader, master
        self._bases: dict[tuple[str, ...], DictConfig] = {}
        self._sections: dict[tuple[str, ...], Sections | None] = {}
        self._parse_one = cache(OverridesParser.create(config_loader=loader).parse_override)
        self.is_group = cache(loader.repository.group_exists)

    def job(self, overrides: Sequence[str], number: int) -> Config:
        """Return the configuration of a job.

        Args:
            overrides: All overrides of the job, none of them a sweep.
            number: The number of the job, from 0.
        """
        parsed = self._parsed(overrides)
        if self._apart(parsed):
            return self._whole(overrides, number)
        choices, values = self._divided(parsed)
        if choices not in self._sections:
            first = self._whole(overrides, number)
            self._sections[choices] = Sections.of(self._base(choices), first, number)
            return first
        if (sections := self._sections[choices]) is not None:
            with suppress(Exception):  # composing the job as a whole reports its mistake, or finds none
                return sections.job(parsed, values, number)
        return self._whole(overrides, number)

    def _whole(self, overrides: Sequence[str], number: int) -> Config:
        """Return the configuration of a job that is composed as a whole."""
        cfg = self._numbered(overrides, number)
        with _current(cfg) as hydra:
            config = job_config(cfg, hydra)
            refuse_other_store(hydra.job.env_set, self._master.hydra.job.env_set)
            return replace(config, around=surroundings(cfg, hydra, config.settings, config.folder))

    def parts(self, overrides: Sequence[str], number: int) -> tuple[DictConfig, DictConfig]:
        """Return the configuration of a job and that of Hydra for it, as Hydra's launchers return them.

        Args:
            overrides: All overrides of the job, none of them a sweep.
            number: The number of the job, from 0.
        """
        cfg = self._numbered(overrides, number)
        with _current(cfg):
            of_hydra: Any = copy.deepcopy(HydraConfig.instance().cfg)
        return without_hydra(cfg), of_hydra

    def _numbered(self, overrides: Sequence[str], number: int) -> DictConfig:
        cfg = self.compose(overrides)
        with read_write(cfg.hydra):
            cfg.hydra.job.id = cfg.hydra.job.num = number
        return cfg

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Return the configuration that Hydra would compose with these overrides."""
        parsed = self._parsed(overrides)
        if self._apart(parsed):
            return self._compose_slowly(overrides)
        choices, values = self._divided(parsed)
        cfg = copy.deepcopy(self._base(choices))
        apply_overrides(values, cfg)
        job = cfg.hydra.job
        with read_write(cfg.hydra):
            cfg.hydra.overrides.task = [override.input_line for override in parsed]
            job.override_dirname = override_dirname(parsed, job.config.override_dirname)
        return cfg

    def _parsed(self, overrides: Sequence[str]) -> list[Override]:
        return [*map(self._parse, overrides)]

    def _parse(self, line: str) -> Override:
        """Return a parsed override. Integers, such as seeds, differ from one another in their value alone."""
        if found := INTEGER.fullmatch(line):
            return replace(self._parse_one(f"{found[1]}=0"), _value=int(found[2]), input_line=line)
        return self._parse_one(line)

    def _apart(self, parsed: Sequence[Override]) -> bool:
        """Return whether a job with these overrides is left to Hydra."""
        return bool(self._master.hydra.searchpath) or any(map(_unusual, parsed))

    def _divided(self, parsed: Sequence[Override]) -> tuple[tuple[str, ...], list[Override]]:
        """Return the overrides that choose options, as written, and the others."""
        chosen = tuple(str(override.input_line) for override in parsed if self._chooses(override))
        return chosen, [override for override in parsed if not self._chooses(override)]

    def _base(self, choices: tuple[str, ...]) -> DictConfig:
        """Return the configuration with these options, which must not be written to."""
        if choices not in self._bases:
            self._bases[choices] = self._compose_slowly(choices)
        return self._bases[choices]

    def node_type(self, setting: str, choices: Sequence[str]) -> type | None:
        """Return the class of a setting's node with these options chosen; None for an unknown setting."""
        group, _, name = setting.rpartition(".")
        cfg = self.compose(choices)
        parent = OmegaConf.select(cfg, group) if group else cfg
        node = parent._get_node(name) if isinstance(parent, DictConfig) and name in parent else None
        return None if node is None else type(node)

    def nearest_group(self, setting: str, choices: Sequence[str]) -> tuple[str, set[str]]:
        """Return the deepest existing group on the path of an unknown setting, and the names in that group.

        Args:
            setting: The dotted name.
            choices: The chosen options, as in `optimizer=adam`.

        Returns:
            The dotted name of the group ("" for the top level), and the names of its settings.
        """
        path, node = [], self.compose(choices)
        for name in setting.split("."):
            if not isinstance(node, DictConfig) or name not in node:
                break
            path.append(name)
            node = node[name]
        names = {str(name) for name in node} - {"hydra"} if isinstance(node, DictConfig) else set()
        return ".".join(path), names

    def _compose_slowly(self, overrides: Sequence[str]) -> DictConfig:
        """Return the configuration that Hydra itself composes."""
        cfg: DictConfig = self._loader.load_sweep_config(self._master, list(overrides))
        return cfg

    def _chooses(self, override: Override) -> bool:
        """Return whether an override chooses an option of a config group, as Hydra's defaults list decides it."""
        return bool(self.is_group(override.key_or_group)) and not isinstance(override.value(), dict)


@contextmanager
def _current(cfg: DictConfig) -> Iterator[Any]:
    """Let `cfg` be the configuration that Hydra's resolvers see while the block lasts, and give its node `hydra`.

    Hydra's copy of the node has the folder of the job, as while the job runs.
    """
    instance = HydraConfig.instance()
    before = instance.cfg
    try:
        instance.set_config(cfg)
        hydra: Any = HydraConfig.get()
        with read_write(hydra.runtime):
            hydra.runtime.output_dir = str(folder_of(hydra))
        yield hydra
    finally:
        instance.cfg = before


def _unusual(override: Override) -> bool:
    """Return whether an override is left to Hydra: one of Hydra's own settings, a removal, or one with a package."""
    return override.is_hydra_override() or override.is_delete() or override.package is not None

"""The private parts of Hydra that the project needs, each behind one name."""

from __future__ import annotations

import argparse
import copy
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import version
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobReturn, JobRuntime, setup_globals
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig
from omegaconf.basecontainer import BaseContainer

__all__ = [
    "Callbacks",
    "ConfigLoaderImpl",
    "FileConfigSource",
    "apply_overrides",
    "argument_parser",
    "combinations",
    "config_sources",
    "only",
    "override_dirname",
    "parsed",
    "returned",
    "search_path",
    "state_restored",
]


CHECKED_WITH = "1.3.8"
"""Version of hydra-core that these functions were checked with."""


VERSION_BASE = "1.3"
"""The version of Hydra that the configurations are written for."""


def argument_parser() -> argparse.ArgumentParser:
    """Return Hydra's parser of the command line."""
    parser: argparse.ArgumentParser = get_args_parser()
    return parser


def config_sources(
    main: str, config_name: str, config_dir: str | None, searchpath: Sequence[str]
) -> list[ConfigSource]:
    """Return the places where Hydra looks for configuration files, in its order.

    Args:
        main: The folder of the primary configuration.
        config_name: The name of the primary configuration, which may set `hydra.searchpath`.
        config_dir: The folder that `--config-dir` names, or None.
        searchpath: Overrides of `hydra.searchpath`.
    """
    path = create_config_search_path(main)
    if config_dir is not None:
        before_schemas = SearchPathQuery(provider="schema")
        path.prepend(provider="command-line", path=f"file://{Path(config_dir).absolute()}", anchor=before_schemas)
    loader = ConfigLoaderImpl(path)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # Hydra itself warns of an unusable place
        _, repository = loader._parse_overrides_and_create_caching_repo(config_name, list(searchpath))
    return list(repository.get_sources())


def combinations(overrides: Sequence[Override]) -> list[list[str]]:
    """Return every combination of the values of sweep overrides, the last override varying fastest."""
    (jobs,) = BasicSweeper.split_arguments(list(overrides), None)
    return [list(job) for job in jobs]


def apply_overrides(overrides: Sequence[Override], cfg: DictConfig) -> None:
    """Set the values of overrides in `cfg` in place. None of them may choose an option of a config group."""
    ConfigLoaderImpl._apply_overrides_to_config(list(overrides), cfg)


def only(cfg: DictConfig, name: str) -> DictConfig:
    """Return a copy of a configuration with one of its nodes only, and with the type and the flags of the whole."""
    content: Any = cfg.__dict__["_content"]
    cfg.__dict__["_content"] = {name: content[name]}
    try:
        return copy.deepcopy(cfg)
    finally:
        cfg.__dict__["_content"] = content


def parsed(lines: Sequence[str]) -> list[Override]:
    """Return parsed overrides. Hydra's version of reference, which the parser would set, is restored."""
    base = version.VersionBase.instance()
    before = base.version_base
    try:
        version.setbase(VERSION_BASE)
        found: list[Override] = OverridesParser.create().parse_overrides(list(lines))
        return found
    finally:
        base.version_base = before


def override_dirname(overrides: Sequence[Override], settings: Any) -> str:
    """Return the value of `hydra.job.override_dirname`.

    Args:
        overrides: The overrides of the job.
        settings: The node `hydra.job.config.override_dirname`.
    """
    name: str = get_overrides_dirname(overrides=list(overrides), **settings)
    return name


def returned(job: JobReturn) -> Any:
    """Return a job's return value, or the exception that it ended with. The public attribute would raise that one."""
    return job._return_value


def search_path(folder: str) -> ConfigSearchPath:
    """Return the search path of a program whose primary configuration lies in a folder, with those of all plugins."""
    return create_config_search_path(folder)


@contextmanager
def state_restored(job_name: str) -> Iterator[None]:
    """Set Hydra's global state for a program in this block, and restore it and OmegaConf's resolvers at the end.

    Args:
        job_name: The value for `hydra.job.name`.
    """
    config, runtime, base = HydraConfig.instance(), JobRuntime.instance(), version.VersionBase.instance()
    before = config.cfg, runtime.get("name"), base.version_base, dict(BaseContainer._resolvers)
    try:
        setup_globals()
        version.setbase(VERSION_BASE)
        runtime.set("name", job_name)
        yield
    finally:
        config.cfg, name, base.version_base, resolvers = before
        runtime.set("name", name)
        BaseContainer._resolvers.clear()
        BaseContainer._resolvers.update(resolvers)

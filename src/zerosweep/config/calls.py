"""Configuration names values, never code: what Hydra would import and call because a word or a file says so is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import wraps
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, ListConfig, OmegaConf

from zerosweep.errors import SettingError

CALLS = ("_target_", "()")
"""Keys whose value Hydra, or `logging.config`, takes for the name of something to call."""

PLUGINS = ("hydra.launcher._target_", "hydra.sweeper._target_")
"""Hydra itself takes nothing here but the classes of installed launchers and sweepers."""

CALLBACKS = "hydra.callbacks"

LOGGING = ("hydra.hydra_logging", "hydra.job_logging")

HANDLER = re.compile(r"logging\.(handlers\.)?\w+")
"""Classes that a `class` of a logging configuration may name."""

STREAM = re.compile(r"ext://sys\.std(out|err)")
"""Objects that `ext://` in a logging configuration may name."""

RESOLVED = ("hydra.launcher", "hydra.sweeper")
"""Nodes from which Hydra makes objects, after it has resolved their references."""


def install() -> None:
    """From now on `refuse_calls` sees every configuration that Hydra composes, before Hydra acts on it. Safe to repeat."""
    load = ConfigLoaderImpl.load_configuration
    if hasattr(load, "__wrapped__"):
        return

    @wraps(load)
    def checked(*arguments: Any, **named: Any) -> DictConfig:
        cfg = load(*arguments, **named)
        refuse_calls(cfg)
        return cfg

    ConfigLoaderImpl.load_configuration = checked  # type: ignore[method-assign]


def refuse_calls(cfg: DictConfig) -> None:
    """Raise a `SettingError` where the configuration names something to call."""
    for path, value in _leaves("", OmegaConf.to_container(cfg)):
        _check(path, value)
    for node in RESOLVED:
        found = OmegaConf.select(cfg, node)
        if isinstance(found, DictConfig | ListConfig):
            for path, value in _leaves(node, OmegaConf.to_container(found, resolve=True)):
                _check(path, value)


def _check(path: str, value: Any) -> None:
    key, text = path.rpartition(".")[2], str(value)
    names_code = path.startswith(CALLBACKS) or (key in CALLS and path not in PLUGINS)
    if path.startswith(LOGGING):
        names_code |= key == "class" and not HANDLER.fullmatch(text)
        names_code |= "ext://" in text and not STREAM.fullmatch(text)
        names_code |= "${" in text and key != "filename"  # it could bring in any of these
    if names_code:
        raise SettingError(path, value, "configuration cannot name classes or functions to call; leave it out")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of everything that is no dictionary and no list."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value

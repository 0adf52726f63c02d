"""Refusal of configurations that name code, which Hydra would import and call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import wraps
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, ListConfig, OmegaConf

from zerosweep.errors import SettingError

CALLS = ("_target_", "()")
"""Keys whose value Hydra or `logging.config` calls."""

PLUGINS = ("hydra.launcher._target_", "hydra.sweeper._target_")
"""Settings that are allowed, because Hydra accepts only classes of installed launchers and sweepers for them."""

PART = re.compile(r"hydra\.sweeper\.(sampler|pruner)(\.\w+)*\._target_")
"""Settings that may name a sampler or a pruner of Optuna's, which the search makes, and not Hydra."""

CALLBACKS = "hydra.callbacks"
"""Node whose values are all classes to call."""

LOGGING = ("hydra.hydra_logging", "hydra.job_logging")
"""Nodes that Hydra passes to `logging.config`."""

HANDLER = re.compile(r"logging\.(handlers\.)?\w+")
"""Classes that a logging configuration may name."""

STREAM = re.compile(r"ext://sys\.std(out|err)")
"""Objects that a logging configuration may name."""

RESOLVED = ("hydra.launcher", "hydra.sweeper")
"""Nodes that Hydra instantiates after it has resolved their interpolations."""


def install() -> None:
    """Have `refuse_calls` check every configuration that Hydra composes, before Hydra uses it. Safe to repeat."""
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
    """Check that a configuration names no class or function to call.

    Raises:
        SettingError: The configuration names one.
    """
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
    if found := PART.fullmatch(path):
        if re.fullmatch(rf"optuna\.{found[1]}s\.\w+", text):
            return
        raise SettingError(path, value, f"must be a class of optuna.{found[1]}s")
    if path.startswith(LOGGING):
        names_code |= key == "class" and not HANDLER.fullmatch(text)
        names_code |= "ext://" in text and not STREAM.fullmatch(text)
        names_code |= "${" in text and key != "filename"  # an interpolation could insert any of these
    if names_code:
        raise SettingError(path, value, "configuration cannot name classes or functions to call; leave it out")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of every value that is neither a dictionary nor a list."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value

"""The setting `plugins`: Python files whose parts are options like the built-in ones.

Hydra composes a configuration only from options that it knows, so the files are found and loaded before it reads the
command line.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import OmegaConf

from zerosweep.config.hydra_private import argument_parser
from zerosweep.config.options import offer_options
from zerosweep.errors import SettingError
from zerosweep.plugins.loading import load, load_installed, loaded, read


def load_plugins(arguments: Sequence[str], sweep: Any) -> None:
    """Load the plugins of installed packages, and those that a command names.

    Args:
        arguments: The arguments of the command. While the shell completes a line, those on the line.
        sweep: The content of the file of the named sweep, which may name plugins too; empty without one.

    Raises:
        UserError: A plugin cannot be loaded.
    """
    load_installed()
    load_files(_named(arguments, sweep))
    folders = _folders(arguments)
    offer_options(lambda option: any((folder / f"{option}.yaml").is_file() for folder in folders))


def load_files(plugins: Any) -> None:
    """Load the plugins in these files.

    Args:
        plugins: A value of the setting `plugins`: a file, a list of files, or None.

    Raises:
        UserError: One of them cannot be loaded.
    """
    for name in files_of(plugins):
        load(read(name))


def load_named(arguments: Sequence[str]) -> list[str]:
    """Load the plugins that the arguments of a program without Hydra name, and return the other arguments.

    Plugins of installed packages are not loaded: such a program looks at the record, and trains nothing.

    Raises:
        UserError: A plugin cannot be loaded.
    """
    others = [argument for argument in arguments if not argument.startswith("plugins=")]
    if len(others) < len(arguments):
        load_files(_named(arguments, OmegaConf.create()))
    return others


def files_of(plugins: Any) -> list[str]:
    """Return the files that a value of the setting `plugins` names.

    Raises:
        SettingError: It is neither null nor a file nor a list of files.
    """
    files = [] if plugins is None else [plugins] if isinstance(plugins, str) else plugins
    if not isinstance(files, list) or not all(isinstance(file, str) and file for file in files):
        raise SettingError("plugins", plugins, "must be Python files, as in plugins=[lion.py]")
    return files


def check_loaded(plugins: Any) -> None:
    """Check that the files which a composed configuration names were loaded before it was composed.

    Raises:
        SettingError: One was not, because it is named where plugins are not looked for.
    """
    paths = {Path(plugin.path) for plugin in loaded()}
    for name in files_of(plugins):
        if Path(name).expanduser().resolve() not in paths:
            places = "on the command line, in the file of a named sweep or in that of --config-name"
            raise SettingError("plugins", name, f"must be named {places}")


def _named(arguments: Sequence[str], sweep: Any) -> Any:
    """Return the value that the setting `plugins` will have: from the command line, the sweep, or the main file."""
    given = [argument for argument in arguments if argument.lstrip("+").startswith("plugins=")]
    if given:
        return _value(given[-1])
    for cfg in (sweep, _main_file(arguments)):
        if OmegaConf.is_dict(cfg) and "plugins" in cfg:
            plugins = cfg["plugins"]
            return OmegaConf.to_container(plugins, resolve=True) if OmegaConf.is_config(plugins) else plugins
    return None


def _value(argument: str) -> Any:
    try:
        (override,) = OverridesParser.create().parse_overrides([argument])
    except OverrideParseException:
        return None  # Hydra refuses it
    if override.is_sweep_override():
        value = argument.partition("=")[2]
        raise SettingError("plugins", value, f"cannot be swept; a list is written plugins=[{value}]")
    return override.value()


def _main_file(arguments: Sequence[str]) -> Any:
    """Return the content of the file that `--config-name` names in a folder of one's own; empty without one."""
    name = argument_parser().parse_known_args(arguments)[0].config_name
    for folder in _folders(arguments):
        file = folder / f"{name}.yaml"
        if file.is_file():
            return OmegaConf.load(file)
    return OmegaConf.create()


def _folders(arguments: Sequence[str]) -> list[Path]:
    """Return the folders of configuration files that the flags `--config-path` and `--config-dir` name."""
    flags = argument_parser().parse_known_args(arguments)[0]
    return [Path(folder) for folder in (flags.config_path, flags.config_dir) if folder]


def completed_line(arguments: Sequence[str]) -> list[str] | None:
    """Return the arguments on the line that the shell completes; None if the command is not its completion."""
    if not any(argument.startswith("query=") for argument in arguments) or "COMP_LINE" not in os.environ:
        return None
    line = os.environ["COMP_LINE"]
    with suppress(ValueError):
        return shlex.split(line)[1:]
    return line.split()[1:]  # a quote is still open

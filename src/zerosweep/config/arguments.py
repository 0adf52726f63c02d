"""Checks and corrections of the command line before Hydra reads it.

They concern arguments that Hydra would misunderstand, ignore, or refuse with a message of many lines.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf

from zerosweep.config.hydra_private import argument_parser, config_sources
from zerosweep.config.plugin_files import completed_line, load_plugins
from zerosweep.config.schemas import GROUPS
from zerosweep.errors import UserError, suggestion
from zerosweep.masking import masked
from zerosweep.places import CONF


def prepare() -> None:
    """Check `sys.argv` and correct it for Hydra.

    Raises:
        UserError: An argument is a mistake that Hydra would not report, or not in one line.
    """
    _check_flags()
    sys.argv[1:] = prepared(sys.argv[1:])


def prepared(arguments: Sequence[str]) -> list[str]:
    """Load the plugins that the arguments name, and return the arguments as Hydra should read them.

    Raises:
        UserError: An argument is a mistake that Hydra would not report, or not in one line.
    """
    _load_plugins(arguments)
    _check_sweeps(arguments)
    _check_groups(arguments)
    found = list(case_overrides_as_sweeps(arguments))
    named = next((i for i, argument in enumerate(found) if argument.startswith("sweeps=")), -1)
    found[named + 1 : named + 1] = chosen_by_sweep(found)  # beside other overrides, and not behind a flag
    return found


def _check_flags() -> None:
    """Refuse unknown flags, which argparse would answer with its whole usage, and move overrides behind all flags.

    Argparse would refuse overrides before and after a flag.
    """
    parser = argument_parser()
    parser.exit_on_error = False
    try:
        arguments, rest = parser.parse_known_args()
    except argparse.ArgumentError as error:
        raise UserError(str(error)) from None
    unknown = [argument for argument in rest if argument.startswith("-")]
    if unknown:
        flags = [flag for action in parser._actions for flag in action.option_strings]
        raise UserError(f"{unknown[0]}: no such flag{suggestion(unknown[0], flags)}")
    if rest:
        settings = [*arguments.overrides, *rest]
        sys.argv[1:] = [*(argument for argument in sys.argv[1:] if argument not in settings), *settings]


def _load_plugins(arguments: Sequence[str]) -> None:
    """Load the plugins that the command names, so that their parts are options when Hydra composes or completes."""
    line = completed_line(arguments)
    if line is None:
        load_plugins(arguments, _named_sweep(arguments))
    else:
        with suppress(UserError):  # a line that is still being written; what is on it so far is completed without them
            load_plugins(line, _named_sweep(line))


def _check_sweeps(arguments: Sequence[str]) -> None:
    """Refuse several named sweeps. Hydra would combine their base configurations in one grid, or use only the last."""
    named = [argument for argument in arguments if argument.lstrip("+").startswith("sweeps=")]
    if len(named) > 1 or any(re.search(r"[,\[(]", argument) for argument in named):
        raise UserError(f"{' '.join(named)}: takes one name; run them one after another")


def _check_groups(arguments: Sequence[str]) -> None:
    """Refuse `+schedule=constant` beside `schedule=step`, because Hydra would ignore one of them."""
    chosen = [argument.partition("=")[0] for argument in arguments]
    for name in chosen:
        if name.startswith("+") and name[1:] in GROUPS and name[1:] in chosen:
            both = " ".join(arg for arg in arguments if arg.partition("=")[0].lstrip("+") == name[1:])
            raise UserError(f"{both}: give one of them, without +")


def chosen_by_sweep(arguments: Sequence[str]) -> list[str]:
    """Return the overrides of Hydra's own groups that the file of a named sweep chooses, as in hydra/sweeper=optuna.

    Hydra reads such choices only from the primary configuration and the command line. A group that `arguments` choose
    themselves is left out.
    """
    defaults = OmegaConf.select(_named_sweep(arguments), "defaults", default=[])
    entries = (entry.items() for entry in defaults if isinstance(entry, Mapping))
    chosen = {str(key).removeprefix("override /"): option for entry in entries for key, option in entry}
    given = {argument.partition("=")[0] for argument in arguments}
    return [
        f"{group}={option}" for group, option in chosen.items() if group.startswith("hydra/") and group not in given
    ]


def case_overrides_as_sweeps(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with overrides of settings that only some cases of a named sweep set written as
    choice(value).

    Hydra sets a plain override in the configuration of the sweep itself too, whose optimizer may not have a setting
    such as `optimizer.momentum`. It does not set a sweep override there.
    """
    cases = OmegaConf.select(_named_sweep(arguments), "hydra.sweeper.cases") or []
    of_cases = [{override.partition("=")[0] for override in case} for case in cases] or [set()]
    of_some = {name for name in set.union(*of_cases) - set.intersection(*of_cases) if "." in name}
    return [_as_sweep(argument) if argument.partition("=")[0] in of_some else argument for argument in arguments]


def _as_sweep(argument: str) -> str:
    name, _, value = argument.partition("=")
    try:
        (override,) = OverridesParser.create().parse_overrides([argument])
    except OverrideParseException:
        return argument  # Hydra refuses it
    return argument if override.is_sweep_override() else f"{name}=choice({value})"


def _named_sweep(arguments: Sequence[str]) -> DictConfig | ListConfig:
    """Return the content of the named sweep's file; empty if no sweep is named or its file does not exist.

    The file is the one that Hydra would take: of the project, or of a folder that `--config-path`, `--config-dir` or
    `hydra.searchpath` adds.
    """
    named = [argument.removeprefix("sweeps=") for argument in arguments if argument.startswith("sweeps=")]
    if not named:
        return OmegaConf.create()
    parser = argument_parser()
    parser.exit_on_error = False
    try:
        flags = parser.parse_known_args(arguments)[0]
    except argparse.ArgumentError:
        return OmegaConf.create()  # Hydra refuses it
    main = Path(sys.argv[0]).resolve().parent / flags.config_path if flags.config_path else CONF
    searched = [argument for argument in arguments if argument.startswith("hydra.searchpath=")]
    for source in config_sources(str(main), flags.config_name or "config", flags.config_dir, searched):
        if source.is_config(f"sweeps/{named[-1]}"):
            content: Any = source.load_config(f"sweeps/{named[-1]}").config
            return cast(DictConfig | ListConfig, content)
    return OmegaConf.create()


def command_line() -> str:
    """Return the command line of this process, quoted for a shell and with secrets masked."""
    program, *arguments = sys.argv
    started = [*program.split()] if program.startswith("zerosweep ") else ["python", program]
    return shlex.join([*started, *map(masked, arguments)])

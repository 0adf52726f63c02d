"""What was typed, before Hydra sees it: what Hydra would take amiss is put right, or refused."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf

from zerosweep import PROJECT
from zerosweep.config.hydra_private import argument_parser
from zerosweep.config.schemas import GROUPS
from zerosweep.errors import UserError, suggestion
from zerosweep.masking import masked


def prepare() -> None:
    """Make `sys.argv` what Hydra is to see; a mistake that it would not tell of is a `UserError`."""
    if not __debug__:  # its grammar consumes what it reads within assertions
        raise UserError("python -O: Hydra cannot read functions such as range; leave out -O and PYTHONOPTIMIZE")
    _check_flags()
    _check_sweeps(sys.argv[1:])
    _check_groups(sys.argv[1:])
    sys.argv[1:] = [*left_to_cases(sys.argv[1:]), *chosen_by_sweep(sys.argv[1:])]


def _check_flags() -> None:
    """Refuse flags that Hydra does not have, which argparse would answer with its whole usage; and gather settings that stand
    on both sides of a flag, which argparse would refuse, behind the flags."""
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


def _check_sweeps(arguments: Sequence[str]) -> None:
    """Refuse several named sweeps: Hydra would make one grid of their base configurations, or take the last alone."""
    named = [argument for argument in arguments if argument.lstrip("+").startswith("sweeps=")]
    if len(named) > 1 or any(re.search(r"[,\[(]", argument) for argument in named):
        raise UserError(f"{' '.join(named)}: takes one name; run them one after another")


def _check_groups(arguments: Sequence[str]) -> None:
    """Refuse a group that is added, as in `+schedule=constant`, beside a choice of the same group: Hydra passes over one of them."""
    chosen = [argument.partition("=")[0] for argument in arguments]
    for name in chosen:
        if name.startswith("+") and name[1:] in GROUPS and name[1:] in chosen:
            both = " ".join(one for one in arguments if one.partition("=")[0].lstrip("+") == name[1:])
            raise UserError(f"{both}: give one of them, without +")


def chosen_by_sweep(arguments: Sequence[str]) -> list[str]:
    """What a named sweep chooses of Hydra's own groups, as in hydra/sweeper=optuna, unless it is typed. Hydra takes such a choice
    from the primary configuration and the command line alone."""
    defaults = OmegaConf.select(_named_sweep(arguments), "defaults", default=[])
    entries = (entry.items() for entry in defaults if isinstance(entry, Mapping))
    chosen = {str(key).removeprefix("override /"): option for entry in entries for key, option in entry}
    typed = {argument.partition("=")[0] for argument in arguments}
    return [
        f"{group}={option}" for group, option in chosen.items() if group.startswith("hydra/") and group not in typed
    ]


def left_to_cases(arguments: Sequence[str]) -> list[str]:
    """The arguments, with what only some cases of a named sweep set, as optimizer.momentum, written as a sweep of one value.
    Hydra would look for it in the sweep's own configuration too, whose optimizer may have no such setting."""
    cases = OmegaConf.select(_named_sweep(arguments), "hydra.sweeper.cases") or []
    of_cases = [{override.partition("=")[0] for override in case} for case in cases] or [set()]
    of_some = {name for name in set.union(*of_cases) - set.intersection(*of_cases) if "." in name}
    return [_as_sweep(one) if one.partition("=")[0] in of_some else one for one in arguments]


def _as_sweep(argument: str) -> str:
    name, _, value = argument.partition("=")
    try:
        (override,) = OverridesParser.create().parse_overrides([argument])
    except OverrideParseException:
        return argument  # for Hydra to refuse
    return argument if override.is_sweep_override() else f"{name}=choice({value})"


def _named_sweep(arguments: Sequence[str]) -> DictConfig | ListConfig:
    """The file of the sweep that is named; empty where there is none."""
    named = [argument.removeprefix("sweeps=") for argument in arguments if argument.startswith("sweeps=")]
    file = PROJECT / "sweeps" / f"{named[-1] if named else ''}.yaml"
    return OmegaConf.load(file) if file.is_file() else OmegaConf.create()


def command_line() -> str:
    """Return the command as typed, with secrets masked."""
    return shlex.join(["python", *map(masked, sys.argv)])

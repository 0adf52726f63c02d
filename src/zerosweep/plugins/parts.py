"""Parts that plugins have registered, and the modules that registered them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from zerosweep.errors import UserError

NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
"""Pattern of the name of a part, which is written on command lines."""

WORDS = ("null", "none", "true", "false")
"""Names that the command line reads as something else."""


@dataclass(frozen=True)
class Part:
    """One part of a plugin.

    Attributes:
        kind: The kind of part, such as "optimizer".
        name: The name of the part, such as "lion".
        value: The class or function that was registered.
        module: The name of the module that registered it.
        withdraw: Takes the part out of all registries.
    """

    kind: str
    name: str
    value: Any
    module: str
    withdraw: Callable[[], None]


PARTS: dict[tuple[str, str], Part] = {}
"""Every part of a plugin, by its kind and name."""

LOADING: list[str] = []
"""Names of the modules of the plugin that is being loaded, in which no part may be registered twice."""


def enter(
    kind: str,
    name: str,
    value: Any,
    module: str,
    registry: MutableMapping[str, Any],
    *,
    built_in: Iterable[str] = (),
    pattern: re.Pattern[str] = NAME,
    withdraw: Callable[[], None] = lambda: None,
) -> None:
    """Add a part to the registry of its kind.

    Args:
        kind: The kind of part, such as "optimizer".
        name: The name of the part.
        value: The class or function to register.
        module: The name of the module that registers it.
        registry: The registry that the built-in parts of this kind are in.
        built_in: Further names that are taken, such as those of configuration files.
        pattern: The names that are allowed.
        withdraw: Takes the part out of further registries.

    Raises:
        UserError: The name is not usable, or it is taken.
    """
    if not pattern.fullmatch(name) or name.lower() in WORDS:
        raise UserError(f'{kind} "{name}": the name must begin with a letter and have only letters, digits and _')
    before = PARTS.get((kind, name))
    if before is not None and before.module == module and module not in LOADING:
        remove(before)  # the cell of a notebook, or a module that is reloaded, runs again
    elif before is not None:
        places = "twice" if before.module == module else f"by {before.module} already; choose another name"
        raise UserError(f'{kind} "{name}" is registered {places}')
    elif name in registry or name in built_in:
        raise UserError(f'{kind} "{name}" is built in; choose another name')

    def withdraw_all() -> None:
        registry.pop(name, None)
        withdraw()

    registry[name] = value
    PARTS[kind, name] = Part(kind, name, value, module, withdraw_all)


def check_called(kind: str, argument: object) -> None:
    """Refuse a decorator without its argument, `@zs.optimizer` for `@zs.optimizer("lion")`.

    Raises:
        UserError: The argument is the decorated class or function, or anything else that is not text.
    """
    if not isinstance(argument, str):
        what = "claim" if kind == "finding" else "name"
        raise UserError(f'@zs.{kind} takes the {what}, as in @zs.{kind}("the {what}")')


def keep(kind: str, name: str, value: Any, registry: MutableMapping[str, Any]) -> None:
    """Add what a part has besides its entry: another value, in another registry under the same name."""
    before = PARTS[kind, name]

    def withdraw_all() -> None:
        registry.pop(name, None)
        before.withdraw()

    registry[name] = value
    PARTS[kind, name] = replace(before, value=value, withdraw=withdraw_all)


def remove(part: Part) -> None:
    """Take a part out of all registries."""
    part.withdraw()
    del PARTS[part.kind, part.name]


def own_parts(*values: object) -> list[Part]:
    """Return the parts of plugins that are among these classes and functions."""
    return [part for part in PARTS.values() if any(part.value is value for value in values)]


def parts_of(modules: Iterable[str]) -> list[Part]:
    """Return the parts that these modules have registered."""
    names = set(modules)
    return [part for part in PARTS.values() if part.module in names]

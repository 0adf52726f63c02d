"""A strike: one thing that is done to a command, and what it is done with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.chaos.place import Place


@dataclass
class Launch:
    """How a command is started.

    Args:
        environment: its variables.
        before: lines of Bash that come before it, in the same process.
    """

    environment: dict[str, str]
    before: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """What a strike may reach.

    Args:
        pid: of the command; None while none is running.
        at_end: what is to be undone at once when the command has ended, such as stopped processes.
        afterwards: what is to be undone once its last process has ended too, such as a full disk.
    """

    place: Place
    launch: Launch
    pid: int | None
    at_end: ExitStack
    afterwards: ExitStack


@dataclass(frozen=True)
class Strike:
    """One kind of strike.

    Args:
        hit: does it, and returns whether there was anything to strike.
        during: whether it comes while the command runs; else before it starts.
        needs: what the scenario or the machine must have: a service, a kind of storage, `disk` (a mount for each round), `local`
            (a store that no server holds open), `workers`.
        alone: whether it must wait until no process of an earlier command is left.
        weight: how often it is drawn, relative to the others.
        spoils: whether the store is put back afterwards, so that the command must come to its end once more.
        fatal: whether the command ends by it; of an attempt it is the last strike then.
        earliest: seconds after the start of the command before which it does not come.
    """

    name: str
    hit: Callable[[Target, np.random.Generator], Any]
    during: bool = True
    needs: frozenset[str] = frozenset()
    spoils: bool = False
    alone: bool = False
    fatal: bool = False
    weight: float = 1.0
    earliest: float = 0.0

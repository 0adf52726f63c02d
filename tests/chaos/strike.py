"""A strike is one thing that is done to a command. Its target is what it may reach."""

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

    Attributes:
        environment: Its environment variables.
        before: Lines of Bash that are executed before it, in the same process.
    """

    environment: dict[str, str]
    before: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """What a strike may reach.

    Attributes:
        place: The place of the round.
        launch: How the command is started, which a strike before the start may change.
        pid: Process id of the command; None before it runs.
        at_end: Undoes things as soon as the command has ended, such as to continue stopped processes.
        afterwards: Undoes things once the command's last process has ended, such as to empty a full disk.
    """

    place: Place
    launch: Launch
    pid: int | None
    at_end: ExitStack
    afterwards: ExitStack


@dataclass(frozen=True)
class Strike:
    """One kind of strike.

    Attributes:
        name: Name of the strike.
        hit: Does it, and returns whether there was anything to hit.
        during: Whether it comes while the command runs; else before the command starts.
        needs: What the scenario or the machine must have: a service, a kind of storage, `disk` (a file system for
            each round), `local` (a store that no server holds open), `workers`.
        spoils: Whether the store is put back afterwards, so that the command must be run once more.
        alone: Whether it must wait until no process of an earlier command is left.
        fatal: Whether it ends the command. It is the last strike of its attempt then.
        weight: How often it is drawn, relative to the others.
        earliest: Seconds after the start of the command before which it does not come.
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

"""Lanes: processes that play rounds side by side, each in folders of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import numpy as np
from tests.chaos import mounts
from tests.chaos.attempt import attempt
from tests.chaos.judge import Reference, reference
from tests.chaos.place import make, make_template
from tests.chaos.plan import plan
from tests.chaos.portrait import portray
from tests.chaos.rounds import UNDISTURBED as NO_BLOWS
from tests.chaos.rounds import Round, play
from tests.chaos.scenarios import UNDISTURBED
from tests.chaos.services import PostgreSQL


@dataclass(frozen=True)
class Ground:
    """The common ground of all rounds.

    Attributes:
        folder: Folder of the rounds' folders.
        template: The copy of the project from which the place of a round is made.
        undisturbed: The runs of the undisturbed command, with which theirs are compared.
        seconds: Duration of the undisturbed command.
    """

    folder: Path
    template: Path
    undisturbed: Reference
    seconds: float


def lay(folder: Path) -> Ground:
    """Make the template, and run the undisturbed command in a copy of it."""
    template = make_template(folder)
    place = make(folder / "undisturbed", template, disk=False)
    arguments = UNDISTURBED.command(place, {})
    ended = attempt(place, arguments, {}, NO_BLOWS, "undisturbed", 60.0, np.random.default_rng(0))
    if ended.code:
        raise RuntimeError(f"the undisturbed command ends with {ended.code}: {ended.last_line}")
    runs = reference(portray(place.store))
    if missing := (UNDISTURBED.expected or set()) - set(runs):
        raise RuntimeError(f"the undisturbed command leaves out {missing}")
    return Ground(folder, template, runs, ended.seconds)


def abilities() -> frozenset[str]:
    """Return what this machine can do: "disk" if a process may mount file systems, and the names of services."""
    found = {"server"}
    try:
        import distributed  # noqa: F401

        found.add("dask")
    except ImportError:
        pass
    try:
        import psycopg  # noqa: F401

        found |= {"postgresql"} if PostgreSQL.installed() else set()
    except ImportError:
        pass
    return frozenset(found | ({"disk"} if _may_mount() else set()))


def _may_mount() -> bool:
    """Return whether a process may mount file systems. A child process tries it, so that this one keeps its mounts."""
    child = os.fork()
    if child == 0:
        os._exit(0 if mounts.separate() else 1)
    return os.waitpid(child, 0)[1] == 0


def run(
    lane: int, numbers: Sequence[int], seed: int, can: frozenset[str], ground: Ground, end: float, said: Any
) -> None:
    """Play the rounds of these numbers, and put each into the queue `said`, and None at the end.

    Args:
        lane: Number of this lane, for messages.
        seed: Seed of everything that is drawn.
        can: The machine's abilities.
        end: When to start no further round, in seconds of `time.monotonic`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all processes; the main process decides
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if "disk" in can:
        mounts.separate()
    seconds: dict[str, float] = {}
    try:
        for number in numbers:
            if monotonic() > end:
                break
            drawn = plan(seed, number, can)
            typical = seconds.get(drawn.scenario.name, ground.seconds * drawn.scenario.length)
            folder = ground.folder / f"{number}"
            played = play(drawn, seed, folder, ground.template, "disk" in can, ground.undisturbed, typical)
            seconds[drawn.scenario.name] = played.typical
            said.put(played)
    except Exception:
        said.put(Round(-1, f"lane {lane}", broken=traceback.format_exc()))
    finally:
        said.put(None)


def stop(number: int, frame: FrameType | None) -> None:
    """Handle SIGTERM: end the process with its cleanup."""
    sys.exit(128 + number)


def _end_with_parent() -> None:
    """Wait until the parent process has ended, and end this process then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)

"""The measurement of step times: candidates take turns over many rounds, and the least time of each counts.

In a round every candidate of every workload trains one stretch of steps. On a machine with other users the mean time
depends on their load, while the minimum is the cost of the work. A round takes about a second, so a slow period of the
machine affects all candidates alike.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from peers.candidate import Candidate
from workloads import Workload


@dataclass
class Entry:
    """A candidate with a workload, and the least time of a stretch so far, in seconds."""

    workload: Workload
    candidate: Candidate
    seconds: float = math.inf

    def train(self, steps: int) -> None:
        """Train at least `steps` steps without timing them; one stretch at least fills caches and runs compilers."""
        for _ in range(max(1, math.ceil(steps / self.candidate.steps))):
            self.candidate.advance()

    def turn(self) -> None:
        """Train one stretch and time it."""
        began = perf_counter()
        self.candidate.advance()
        self.seconds = min(self.seconds, perf_counter() - began)

    @property
    def microseconds(self) -> float:
        """The least time of one step, in microseconds."""
        return self.seconds / self.candidate.steps * 1e6


def prepare(entries: Sequence[Entry], halfway: Callable[[], None]) -> None:
    """Train every entry for its workload's untimed steps, and call `halfway` after half of them."""
    for entry in entries:
        entry.train(entry.workload.already_trained // 2)
    halfway()
    for entry in entries:
        entry.train(entry.workload.already_trained // 2)


def measure(entries: Sequence[Entry], rounds: int, show: Callable[[str], None]) -> None:
    """Give each entry one turn a round, in reverse order in every second round.

    Args:
        entries: The entries; their least times are updated.
        rounds: The number of rounds.
        show: Called with a line of progress after each round.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        for number in range(rounds):
            for entry in entries if number % 2 == 0 else reversed(entries):
                entry.turn()
            show(f"round {number + 1} of {rounds}")
            gc.collect()
    finally:
        if collects:
            gc.enable()

"""How time is measured: everybody in turn, many times over, and the best of each.

A round gives every candidate of every workload one stretch of some steps. What is kept is the least time of all rounds:
on a machine with other users the mean tells how busy they were, the minimum what the work costs. As all take turns
within a second or so, a slow spell of the machine falls on all alike.
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
    """A candidate at a workload, and its least time so far."""

    workload: Workload
    candidate: Candidate
    seconds: float = math.inf

    def train(self, steps: int) -> None:
        """Untimed; one stretch at least, which fills caches and wakes compilers."""
        for _ in range(max(1, math.ceil(steps / self.candidate.steps))):
            self.candidate.advance()

    def turn(self) -> None:
        began = perf_counter()
        self.candidate.advance()
        self.seconds = min(self.seconds, perf_counter() - began)

    @property
    def microseconds(self) -> float:
        """Of one step."""
        return self.seconds / self.candidate.steps * 1e6


def prepare(entries: Sequence[Entry], halfway: Callable[[], None]) -> None:
    """Train each as far as its workload wants it before anything is timed, and do `halfway` when all are halfway."""
    for entry in entries:
        entry.train(entry.workload.already_trained // 2)
    halfway()
    for entry in entries:
        entry.train(entry.workload.already_trained // 2)


def measure(entries: Sequence[Entry], rounds: int, tell: Callable[[str], None]) -> None:
    """Give each entry its turn in each of so many rounds, in every other round in reverse order."""
    collects = gc.isenabled()
    gc.disable()
    try:
        for number in range(rounds):
            for entry in entries if number % 2 == 0 else reversed(entries):
                entry.turn()
            tell(f"round {number + 1} of {rounds}")
            gc.collect()
    finally:
        if collects:
            gc.enable()

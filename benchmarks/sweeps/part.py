"""A part of the benchmark: commands that are measured in turn, and what is made of their times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweeps.command import Command, Ended, Place

Figures = dict[str, float]


@dataclass(frozen=True)
class Options:
    """quick: everything small, for a test of the benchmark itself. full: 1,000 runs too. mnist: the folder, if there is one."""

    quick: bool
    full: bool
    mnist: Path | None


@dataclass(frozen=True)
class Line:
    """How one figure is shown. goal: the most it may be, or the least where `at_least`."""

    text: str
    goal: float | None = None
    at_least: bool = False

    def verdict(self, value: float) -> str:
        if self.goal is None:
            return ""
        met = value >= self.goal if self.at_least else value <= self.goal
        return f"{'>=' if self.at_least else '<='} {self.goal:g} {'met' if met else 'MISSED'}"


class Measured:
    """What was measured of a part's commands in all rounds, by the commands' names."""

    def __init__(self, times: Mapping[str, Sequence[Ended]]):
        self.times = times

    def least(self, name: str, of: Callable[[Ended], float] = lambda ended: ended.seconds) -> float:
        """The least over the rounds: what the work costs, when the machine has nothing else to do."""
        return min(map(of, self.times[name]))

    def slope(self, names: Mapping[int, str], of: Callable[[Ended], float] = lambda ended: ended.seconds) -> float:
        """What each run more costs, between the smallest and the largest of the commands with so many runs. Whatever a
        command costs once, as its start and the opening of its store, is not in it."""
        few, many = min(names), max(names)
        return (self.least(names[many], of) - self.least(names[few], of)) / (many - few)


@dataclass(frozen=True)
class Part:
    """title: what is run. lines: how to show the figures, in order; those that were not measured are left out."""

    title: str
    commands: Sequence[Command]
    figures: Callable[[Measured], Figures]
    lines: Mapping[str, Line]


def measure(part: Part, place: Place, rounds: int, tell: Callable[[str], None]) -> Figures:
    """Run every command of the part once a round, in every other round in reverse order."""
    times: dict[str, list[Ended]] = {command.name: [] for command in part.commands}
    for number in range(rounds):
        for command in part.commands if number % 2 == 0 else reversed(part.commands):
            tell(f"round {number + 1} of {rounds}: {command.name}")
            times[command.name].append(place.run(command))
    return {name: round(value, 4) for name, value in part.figures(Measured(times)).items()}

"""A part of the sweep benchmark: commands that are measured in turn, and the figures computed from their times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweeps.command import Command, Ended, Place

Figures = dict[str, float]


@dataclass(frozen=True)
class Options:
    """The options of the benchmark that change a part.

    Attributes:
        quick: Whether to use the smallest sizes, to test the benchmark itself.
        full: Whether to add a sweep of 1,000 runs.
        mnist: The folder of the MNIST files; None without MNIST.
    """

    quick: bool
    full: bool
    mnist: Path | None


@dataclass(frozen=True)
class Line:
    """The text and the goal of one figure in the table.

    Attributes:
        text: The text of the line.
        goal: The largest admissible value; None for no goal.
        at_least: Whether the goal is the smallest admissible value instead.
    """

    text: str
    goal: float | None = None
    at_least: bool = False

    def verdict(self, value: float) -> str:
        """Return the goal and whether the value meets it, as text; "" without a goal."""
        if self.goal is None:
            return ""
        met = value >= self.goal if self.at_least else value <= self.goal
        return f"{'>=' if self.at_least else '<='} {self.goal:g} {'met' if met else 'MISSED'}"


class Measured:
    """The measurements of a part's commands in all rounds, by the name of the command."""

    def __init__(self, times: Mapping[str, Sequence[Ended]]):
        self.times = times

    def least(self, name: str, value: Callable[[Ended], float] = lambda ended: ended.seconds) -> float:
        """Return the least value over the rounds: the cost of the work on an idle machine.

        Args:
            name: The name of the command.
            value: Reads the value from a measurement; by default the time in seconds.
        """
        return min(map(value, self.times[name]))

    def slope(self, names: Mapping[int, str], value: Callable[[Ended], float] = lambda ended: ended.seconds) -> float:
        """Return the cost of each additional run, without the costs of a command that do not depend on its runs.

        Args:
            names: The names of the commands, by their number of runs; the smallest and the largest are compared.
            value: Reads the cost from a measurement; by default the time in seconds.
        """
        few, many = min(names), max(names)
        return (self.least(names[many], value) - self.least(names[few], value)) / (many - few)


@dataclass(frozen=True)
class Part:
    """Commands to measure, and the figures to compute from their times.

    Attributes:
        title: The title of the table.
        commands: The commands, measured in this order.
        figures: Computes the figures from the measurements.
        lines: The lines of the table, by figure; a figure that was not measured is left out.
    """

    title: str
    commands: Sequence[Command]
    figures: Callable[[Measured], Figures]
    lines: Mapping[str, Line]


def measure(part: Part, place: Place, rounds: int, show: Callable[[str], None]) -> Figures:
    """Run every command of a part once a round, in reverse order in every second round, and return the figures.

    Args:
        part: The part.
        place: The folder of the commands.
        rounds: The number of rounds.
        show: Called with a line of progress before each command.
    """
    times: dict[str, list[Ended]] = {command.name: [] for command in part.commands}
    for number in range(rounds):
        for command in part.commands if number % 2 == 0 else reversed(part.commands):
            show(f"round {number + 1} of {rounds}: {command.name}")
            times[command.name].append(place.run(command))
    return {name: round(value, 4) for name, value in part.figures(Measured(times)).items()}

"""The plan of a round, drawn from the seed and the number of the round alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from tests.chaos import files, signals, surroundings
from tests.chaos.scenarios import SCENARIOS, Scenario
from tests.chaos.services import SERVICES
from tests.chaos.strike import Strike

T = TypeVar("T")

STRIKES: dict[str, Strike] = {
    strike.name: strike for strike in (*signals.strikes(), *surroundings.strikes(), *files.strikes())
}

MOST_ATTEMPTS, MOST_STRIKES = 4, 4
"""The most attempts of a round, and the most strikes while one of them runs."""

UNPREPARED = 0.35
"""Fraction of the attempts with a strike before the command starts."""

NO_STORE = 0.08
"""Fraction of the rounds in which there is no store before the first command."""


@dataclass(frozen=True)
class Blow:
    """A strike and its moment.

    Attributes:
        strike: Name of the strike.
        moment: When it comes, as a fraction of the undisturbed duration of the command; None for before the command
            starts.
        line: The number of lines that the command must have printed before.
    """

    strike: str
    moment: float | None
    line: int = 0

    def __str__(self) -> str:
        after = f" after line {self.line}" if self.line else ""
        return self.strike if self.moment is None else f"{self.strike} at {self.moment:.2f}{after}"


@dataclass(frozen=True)
class Attempt:
    """One start of the command.

    Attributes:
        blows: The strikes, with their moments.
        patience: Seconds to wait before it, after the previous attempt has ended.
    """

    blows: tuple[Blow, ...]
    patience: float


@dataclass(frozen=True)
class Plan:
    """The plan of a round.

    Attributes:
        number: Number of the round.
        scenario: The command.
        store: Whether there is a store before the first attempt.
        attempts: The starts of the command that are struck.
    """

    number: int
    scenario: Scenario
    store: bool
    attempts: tuple[Attempt, ...]


def plan(seed: int, number: int, can: frozenset[str]) -> Plan:
    """Return the plan of the round of this number.

    Args:
        can: The machine's abilities: "disk", and names of services.
    """
    rng = np.random.default_rng([seed, number])
    scenarios = [scenario for scenario in SCENARIOS if can.issuperset(scenario.services)]
    scenario = _chosen(rng, scenarios, [each.weight for each in scenarios])
    has = can - {*SERVICES} | {*scenario.services, scenario.storage}
    has |= set() if "server" in scenario.services else {"local"}
    has |= set() if scenario.repeats else {"workers"}
    possible = [strike for strike in STRIKES.values() if strike.needs <= has]
    store = bool(rng.random() >= NO_STORE)
    attempts = [_attempt(rng, possible) for _ in range(int(rng.integers(2, MOST_ATTEMPTS + 1)))]
    return Plan(number, scenario, store, tuple(attempts))


def _attempt(rng: np.random.Generator, possible: Sequence[Strike]) -> Attempt:
    """Draw the strikes of one attempt, of which at most the last is fatal."""
    before, during = ([strike for strike in possible if strike.during is kind] for kind in (False, True))
    blows = []
    if rng.random() < UNPREPARED:
        blows.append(Blow(_drawn(rng, before).name, None))
    drawn = [_drawn(rng, during) for _ in range(int(rng.integers(0 if blows else 1, MOST_STRIKES + 1)))]
    lasting = [strike for strike in drawn if not strike.fatal]
    fatal = [strike for strike in drawn if strike.fatal][:1]
    moments = sorted((_moment(rng) for _ in [*lasting, *fatal]), key=_when)
    blows += [Blow(strike.name, *moment) for strike, moment in zip([*lasting, *fatal], moments, strict=True)]
    return Attempt(tuple(blows), float(rng.choice([0, 0, 0.3, 1])))


def _moment(rng: np.random.Generator) -> tuple[float, int]:
    """Draw the moment and the line of a `Blow`.

    The moment lies between the start and shortly after the end of the command, or shortly after one of the first
    lines that it prints, while its runs are made.
    """
    if rng.random() < 0.5:
        return float(rng.uniform(0, 1.05)), 0
    return float(rng.uniform(0, 0.15)), int(rng.integers(0, 8))


def _when(moment: tuple[float, int]) -> float:
    """Estimate when a moment comes, as a fraction of the command's duration.

    The first line is printed about half-way, and some more soon afterwards.
    """
    fraction, line = moment
    return fraction + (0.4 + line / 20 if line else 0)


def _drawn(rng: np.random.Generator, strikes: Sequence[Strike]) -> Strike:
    return _chosen(rng, strikes, [strike.weight for strike in strikes])


def _chosen(rng: np.random.Generator, among: Sequence[T], weights: Sequence[float]) -> T:
    return among[int(rng.choice(len(among), p=np.array(weights) / sum(weights)))]

"""The interface of everything that the step benchmark times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from workloads import Workload

Option = TypeVar("Option")


@dataclass(frozen=True)
class Candidate:
    """One way to train a workload.

    Attributes:
        name: The name of the candidate.
        advance: Trains one stretch, with an evaluation after it if the workload has one, and returns when all is
            computed.
        steps: The number of steps in a stretch.
    """

    name: str
    advance: Callable[[], object]
    steps: int


def stepwise(
    name: str, workload: Workload, step: Callable[[], object], evaluate: Callable[[], object] | None = None
) -> Candidate:
    """Return a candidate from functions for one step and one evaluation.

    Args:
        name: The name of the candidate.
        workload: The workload.
        step: Trains one step.
        evaluate: Evaluates all images; needed only by a workload with evaluations.
    """

    def advance() -> None:
        for _ in range(workload.stretch):
            step()
        if workload.evaluated:
            assert evaluate is not None
            evaluate()

    return Candidate(name, advance, workload.stretch)


def fastest(options: Iterable[Option], use: Callable[[Option], object], repeats: int = 5) -> Option:
    """Return the option with the least time of `use(option)`.

    Args:
        options: The options.
        use: The function to time; it is called once per option untimed, and then in turn.
        repeats: The number of timed calls per option.
    """
    options = list(options)
    seconds = dict.fromkeys(range(len(options)), float("inf"))
    for repeat in range(repeats + 1):
        for i, option in enumerate(options):
            began = perf_counter()
            use(option)
            if repeat:
                seconds[i] = min(seconds[i], perf_counter() - began)
    return options[min(seconds, key=seconds.__getitem__)]

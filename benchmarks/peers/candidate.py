"""What is timed, whoever trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from workloads import Workload

Option = TypeVar("Option")


@dataclass(frozen=True)
class Candidate:
    """One way to do a workload. `advance` trains `steps` steps further, with an evaluation after them if the workload has
    one, and returns when all of that is done."""

    name: str
    advance: Callable[[], object]
    steps: int


def stepwise(
    name: str, workload: Workload, step: Callable[[], object], evaluate: Callable[[], object] | None = None
) -> Candidate:
    """A candidate from a function that does one step and one that does an evaluation."""

    def advance() -> None:
        for _ in range(workload.stretch):
            step()
        if workload.evaluated:
            assert evaluate is not None
            evaluate()

    return Candidate(name, advance, workload.stretch)


def fastest(options: Iterable[Option], use: Callable[[Option], object], repeats: int = 5) -> Option:
    """The option that `use` is done with soonest: the least of some repeats each, taken in turn after one untimed."""
    options = list(options)
    seconds = dict.fromkeys(range(len(options)), float("inf"))
    for repeat in range(repeats + 1):
        for i, option in enumerate(options):
            began = perf_counter()
            use(option)
            if repeat:
                seconds[i] = min(seconds[i], perf_counter() - began)
    return options[min(seconds, key=seconds.__getitem__)]
